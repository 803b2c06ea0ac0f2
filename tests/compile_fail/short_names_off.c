// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: TOPOLOGY
#define KTSTR_NO_SHORT_NAMES
#include <ktstr/ktstr.h>

KTSTR_TEST(shorty, "short names are off", .topology = TOPOLOGY(1, 1, 1, 1));
