// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: colour
#include <ktstr/ktstr.h>

KTSTR_TEST(extra, "a field that the op does not have",
	.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup, .name = "a", .colour = 3)))));
