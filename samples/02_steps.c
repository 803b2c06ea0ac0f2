// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps: what a step makes ends with it. Ops run first, then the step's cgroups are made, then
 * the hold lets them work; a loop repeats its ops until the duration is used up.
 */
#include <ktstr/ktstr.h>

KTSTR_TEST(grow_and_shrink, "a second cgroup comes and goes beside the first",
	.topology = TOPOLOGY(1, 1, 2, 1),
	.duration_ms = SECONDS(4),
	.checks = CHECKS(.max_gap_ms = 1500),
	.steps = STEPS(
		STEP(HOLD_FRAC(0.25),
			.cgroups = CGROUPS(CGROUP("alone", .work = WORKS(WORK(spin_wait, .workers = 2))))),
		STEP(HOLD_FRAC(0.25),
			.ops = OPS(OP(add_cgroup, .name = "guest")),
			.cgroups = CGROUPS(CGROUP("host", .work = WORKS(WORK(spin_wait, .workers = 2))),
				CGROUP("guest/worker", .work = WORKS(WORK(spin_wait))))),
		STEP(HOLD_LOOP(250),
			.cgroups = CGROUPS(CGROUP("steady")),
			.ops = OPS(OP(set_cpuset, .cgroup = "steady", .cpus = CPUS_RANGE(0, 0.5)),
				OP(clear_cpuset, .cgroup = "steady")))));

/* The same engine from a function: for what tables cannot say. */
KTSTR_TEST_BODY(by_hand, "a body moves its workers and looks at their progress",
	.topology = TOPOLOGY(1, 1, 2, 1),
	.duration_ms = SECONDS(2),
	.checks = CHECKS(.not_starved = true))
{
	DO(ctx, add_cgroup, .name = "from");
	DO(ctx, add_cgroup, .name = "to");
	DO(ctx, spawn, .cgroup = "from", .work = WORKS(WORK(spin_wait)));
	ktstr_hold_ms(ctx, 500);
	uint64_t before = ktstr_iterations(ctx, "from");
	DO(ctx, move_all_tasks, .from = "from", .to = "to");
	ktstr_hold_ms(ctx, 500);
	if (ktstr_iterations(ctx, "to") <= before)
		ktstr_fail(ctx, "the worker stands still since it was moved");
}
