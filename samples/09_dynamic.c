// SPDX-License-Identifier: GPL-2.0-only
/*
 * A scenario that changes under its load. What stands in the backdrop lasts through all steps,
 * which shrink, swap, freeze and move it; what a step makes ends with the step. The second test
 * is a ready-made one: `ktstr help canned` lists them.
 */
#include <ktstr/canned.h>
#include <ktstr/ktstr.h>

KTSTR_TEST(rush_hour, "two shops and their staff through a day",
	.topology = TOPOLOGY(1, 2, 2, 1),
	.duration_ms = SECONDS(6),
	.checks = CHECKS(.isolation = true, .min_iteration_rate = 1),
	.backdrop = BACKDROP(
		.cgroups = CGROUPS(
			CGROUP("bakery", .cpuset = CPUS_LLC(0),
				.work = WORKS(WORK(bursty, .workers = 2,
					.bursty = {.burst_ms = 10, .sleep_ms = 10}))),
			CGROUP("office", .cpuset = CPUS_LLC(1), .cpu_weight = 200)),
		.ops = OPS(OP(add_cgroup, .name = "annex"))),
	.steps = STEPS(
		/* The morning: the office is closed, and help is hired for this step only. */
		STEP(HOLD_FRAC(0.25),
			.ops = OPS(OP(freeze_cgroup, .cgroup = "office")),
			.cgroups = CGROUPS(CGROUP("helpers", .work = WORKS(WORK(mixed))))),
		/* It opens, and the two change places every 300 ms. */
		STEP(HOLD_FRAC(0.25),
			.ops = OPS(OP(unfreeze_cgroup, .cgroup = "office"),
				OP(swap_cpusets, .a = "bakery", .b = "office"),
				OP(set_affinity, .cgroup = "office", .affinity = AFFINITY_SINGLE))),
		STEP(HOLD_LOOP(300), .ops = OPS(OP(swap_cpusets, .a = "bakery", .b = "office"))),
		/* The duration is used up: this step only acts. */
		STEP(HOLD_MS(0), .ops = OPS(OP(move_all_tasks, .from = "office", .to = "annex")))));

KTSTR_TEST(resized, "a running cgroup whose cpuset shrinks and grows again",
	.topology = KTSTR_CANNED_TOPOLOGY(cpuset_resize),
	.duration_ms = SECONDS(4),
	.checks = CHECKS(.isolation = true),
	.scenario = KTSTR_CANNED(cpuset_resize));
