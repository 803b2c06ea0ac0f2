// SPDX-License-Identifier: GPL-2.0-only
/* What a host_only test may not ask for. */
#include "unit/scenario/scenario.h"

#define ONE_STEP .steps = STEPS(STEP(HOLD_FULL))

Test(plan_host, host_only_excludes_what_describes_a_guest)
{
	const struct ktstr_test fine = TEST_OF(.host_only = true, ONE_STEP);
	const struct ktstr_test moved = TEST_OF(.host_only = true, .kaslr = true, ONE_STEP);
	const struct ktstr_test large = TEST_OF(.host_only = true, .memory_mib = 512, ONE_STEP);
	kt_plan_free(plan_of(&fine));
	expect_refused(&moved, "it has .host_only and .kaslr", "leave out one of the two");
	expect_refused(&large, "it has .host_only and .memory_mib", "leave out one of the two");
}

Test(plan_host, ops_that_look_into_a_guest_are_refused)
{
	const struct ktstr_test t = TEST_OF(.host_only = true,
		.steps = STEPS(STEP(HOLD_MS(1)),
			STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup, .name = "a"),
						OP(capture_snapshot, .tag = "x")))));
	expect_refused(&t, "step 1: op 1 (capture_snapshot): a host_only test has no guest",
		"drop the op, or .host_only");
}

Test(plan_host, ops_of_a_scheduler_are_refused)
{
	const struct ktstr_test t = TEST_OF(.host_only = true,
		.backdrop = BACKDROP(.ops = OPS(OP(detach_scheduler))), ONE_STEP);
	expect_refused(&t,
		"the backdrop: op 0 (detach_scheduler): a host_only test runs under the scheduler",
		"drop the op, or .host_only");
}

Test(plan_host, all_other_ops_are_fine)
{
	const struct ktstr_test t = TEST_OF(.host_only = true,
		.steps = STEPS(
			STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup, .name = "a"),
						OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(0)),
						OP(remove_cgroup, .cgroup = "a")))));
	kt_plan_free(plan_of(&t));
}
