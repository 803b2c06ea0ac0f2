// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: nodes, LLCs, cores and threads must all be at least 1
#include <ktstr/ktstr.h>

KTSTR_TEST(none, "no cores", .topology = TOPOLOGY(1, 1, 0, 1));
