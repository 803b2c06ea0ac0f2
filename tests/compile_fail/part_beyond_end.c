// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: parts count from 0, so the first number must be below the second
#include <ktstr/ktstr.h>

KTSTR_TEST(third, "part 2 of 2",
	.steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_DISJOINT(2, 2))))));
