// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: ktstr_no_such_work__run_ktstr_help_work__spin_weight
#include <ktstr/ktstr.h>

KTSTR_TEST(misspelt, "a kind of work that does not exist",
	.steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .work = WORKS(WORK(spin_weight)))))));
