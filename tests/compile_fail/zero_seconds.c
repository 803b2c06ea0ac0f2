// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: KTSTR_SECONDS: a duration must be longer than zero
#include <ktstr/ktstr.h>

KTSTR_TEST(instant, "no time", .duration_ms = SECONDS(0));
