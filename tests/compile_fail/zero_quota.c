// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: quota and period must be above zero
#include <ktstr/ktstr.h>

KTSTR_TEST(idle, "a cgroup that gets no CPU time",
	.steps = STEPS(
		STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpu = CPU_QUOTA(0, 1000))))));
