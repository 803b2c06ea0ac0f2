// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: ktstr_no_such_op__run_ktstr_help_op__add_cgrup
#include <ktstr/ktstr.h>

KTSTR_TEST(misspelt, "an op that does not exist",
	.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(add_cgrup, .name = "a")))));
