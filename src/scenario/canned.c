// SPDX-License-Identifier: GPL-2.0-only
/* The ready-made scenarios of macros/canned.def, written as any test would write them. */
#include <ktstr/canned.h>
#include <ktstr/ktstr.h>

#define SCENARIO(name) const struct ktstr_scenario ktstr_canned_##name

#define SPINNERS(n) WORKS(WORK(spin_wait, .workers = (n)))
/* Two cgroups that last, for the steps to do something with. */
#define LEFT_AND_RIGHT                                                                             \
	BACKDROP(.cgroups = CGROUPS(CGROUP("left", .work = SPINNERS(2)),                           \
			 CGROUP("right", .work = SPINNERS(2))))

SCENARIO(steady) = {
	.steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("left", .work = SPINNERS(2)),
					       CGROUP("right", .work = SPINNERS(2))))),
};

SCENARIO(steady_llc) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(CGROUP("left", .cpuset = CPUS_LLC(0), .work = SPINNERS(2)),
			CGROUP("right", .cpuset = CPUS_LLC(1), .work = SPINNERS(2))))),
};

SCENARIO(steady_numa) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(CGROUP("left", .cpuset = CPUS_NUMA(0), .work = SPINNERS(2)),
			CGROUP("right", .cpuset = CPUS_NUMA(1), .work = SPINNERS(2))))),
};

SCENARIO(oversubscribed) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(CGROUP("left", .work = WORKS(WORK(mixed, .workers = 32))),
			CGROUP("right", .work = WORKS(WORK(mixed, .workers = 32)))))),
};

SCENARIO(mixed_workloads) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(CGROUP("spinning", .work = SPINNERS(2)),
			CGROUP("yielding", .work = WORKS(WORK(yield_heavy, .workers = 2))),
			CGROUP("bursty", .work = WORKS(WORK(bursty, .workers = 2,
						 .bursty = {.burst_ms = 10, .sleep_ms = 20}))),
			CGROUP("talking", .work = WORKS(WORK(pipe_io, .workers = 2),
						  WORK(futex_ping_pong, .workers = 2)))))),
};

SCENARIO(host_contention) = {
	.backdrop = LEFT_AND_RIGHT,
	.steps = STEPS(STEP(HOLD_FRAC(0.5)),
		STEP(HOLD_FRAC(0.5),
			.ops = OPS(OP(spawn, .in_runner = true, .work = SPINNERS(4))))),
};

SCENARIO(cpuset_apply) = {
	.backdrop = LEFT_AND_RIGHT,
	.steps = STEPS(STEP(HOLD_FRAC(0.5)),
		STEP(HOLD_FRAC(0.5),
			.ops = OPS(OP(set_cpuset, .cgroup = "left", .cpus = CPUS_LLC(0)),
				OP(set_cpuset, .cgroup = "right", .cpus = CPUS_LLC(1))))),
};

SCENARIO(cpuset_clear) = {
	.backdrop = BACKDROP(.cgroups = CGROUPS(
				     CGROUP("left", .cpuset = CPUS_LLC(0), .work = SPINNERS(2)),
				     CGROUP("right", .cpuset = CPUS_LLC(1), .work = SPINNERS(2)))),
	.steps = STEPS(STEP(HOLD_FRAC(0.5)),
		STEP(HOLD_FRAC(0.5), .ops = OPS(OP(clear_cpuset, .cgroup = "left"),
					     OP(clear_cpuset, .cgroup = "right")))),
};

SCENARIO(cpuset_resize) = {
	.backdrop = LEFT_AND_RIGHT,
	.steps = STEPS(STEP(HOLD_FRAC(0.25), .ops = OPS(OP(set_cpuset, .cgroup = "left",
						     .cpus = CPUS_RANGE(0, 1)))),
		STEP(HOLD_FRAC(0.5),
			.ops = OPS(OP(set_cpuset, .cgroup = "left", .cpus = CPUS_RANGE(0, 0.5)))),
		STEP(HOLD_FRAC(0.25),
			.ops = OPS(OP(set_cpuset, .cgroup = "left", .cpus = CPUS_RANGE(0, 1))))),
};

SCENARIO(cpuset_overlap) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(
			CGROUP("left", .cpuset = CPUS_OVERLAP(0, 2, 1.0), .work = SPINNERS(2)),
			CGROUP("right", .cpuset = CPUS_OVERLAP(1, 2, 1.0), .work = SPINNERS(2))))),
};

SCENARIO(cgroup_add) = {
	.backdrop = LEFT_AND_RIGHT,
	.steps = STEPS(STEP(HOLD_FRAC(0.25)),
		STEP(HOLD_FRAC(0.25), .cgroups = CGROUPS(CGROUP("third", .work = SPINNERS(2)))),
		STEP(HOLD_FRAC(0.5), .cgroups = CGROUPS(CGROUP("third", .work = SPINNERS(2)),
					     CGROUP("fourth", .work = SPINNERS(2))))),
};

SCENARIO(cgroup_remove) = {
	.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("first", .work = SPINNERS(2)),
				     CGROUP("second", .work = SPINNERS(2)),
				     CGROUP("third", .work = SPINNERS(2)))),
	.steps = STEPS(STEP(HOLD_FRAC(0.4)),
		STEP(HOLD_FRAC(0.3), .ops = OPS(OP(remove_cgroup, .cgroup = "third"))),
		STEP(HOLD_FRAC(0.3), .ops = OPS(OP(remove_cgroup, .cgroup = "second")))),
};

SCENARIO(cgroup_churn) = {
	.backdrop = LEFT_AND_RIGHT,
	.steps = STEPS(STEP(HOLD_LOOP(500),
		.ops = OPS(OP(remove_cgroup, .cgroup = "right"),
			OP(add_cgroup_def, .def = CGROUPS(CGROUP("right", .work = SPINNERS(2))))))),
};

SCENARIO(affinity_change) = {
	.backdrop = LEFT_AND_RIGHT,
	.steps = STEPS(STEP(HOLD_FRAC(0.25), .ops = OPS(OP(set_affinity, .cgroup = "left",
						     .affinity = AFFINITY_SINGLE))),
		STEP(HOLD_FRAC(0.25),
			.ops = OPS(OP(set_affinity, .cgroup = "left", .affinity = AFFINITY_LLC))),
		STEP(HOLD_FRAC(0.25), .ops = OPS(OP(set_affinity, .cgroup = "right",
					      .affinity = AFFINITY_RANDOM("0-2", 2)))),
		STEP(HOLD_FRAC(0.25), .ops = OPS(OP(set_affinity, .cgroup = "left",
					      .affinity = AFFINITY_CROSS_CGROUP)))),
};

SCENARIO(affinity_pinned) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(CGROUP("pinned", .work = WORKS(WORK(spin_wait, .workers = 4,
							    .affinity = AFFINITY_EXACT("0-1")))),
			CGROUP("free", .work = SPINNERS(2))))),
};

SCENARIO(nested_steady) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.ops = OPS(OP(add_cgroup, .name = "outer"),
			OP(set_cpuset, .cgroup = "outer", .cpus = CPUS_RANGE(0, 1))),
		.cgroups = CGROUPS(
			CGROUP("outer/left", .cpuset = CPUS_DISJOINT(0, 2), .work = SPINNERS(2)),
			CGROUP("outer/right", .cpuset = CPUS_DISJOINT(1, 2),
				.work = SPINNERS(2))))),
};

SCENARIO(nested_task_move) = {
	.backdrop = BACKDROP(.ops = OPS(OP(add_cgroup, .name = "outer"),
				     OP(add_cgroup, .name = "outer/left"),
				     OP(add_cgroup, .name = "outer/right"),
				     OP(spawn, .cgroup = "outer/left", .work = SPINNERS(2)))),
	.steps = STEPS(STEP(HOLD_FRAC(0.3)),
		STEP(HOLD_FRAC(0.4),
			.ops = OPS(OP(move_all_tasks, .from = "outer/left", .to = "outer/right"))),
		STEP(HOLD_FRAC(0.3),
			.ops = OPS(OP(move_all_tasks, .from = "outer/right", .to = "outer/left")))),
};

SCENARIO(cpuset_swap) = {
	.backdrop = BACKDROP(.cgroups = CGROUPS(
				     CGROUP("left", .cpuset = CPUS_LLC(0), .work = SPINNERS(2)),
				     CGROUP("right", .cpuset = CPUS_LLC(1), .work = SPINNERS(2)))),
	.steps = STEPS(
		STEP(HOLD_LOOP(250), .ops = OPS(OP(swap_cpusets, .a = "left", .b = "right")))),
};

/* Who is frozen gets nothing done: not for longer than the gap that not_starved allows. */
SCENARIO(freeze_thaw) = {
	.backdrop = LEFT_AND_RIGHT,
	.steps = STEPS(STEP(HOLD_FRAC(0.4)),
		STEP(HOLD_MS(500), .ops = OPS(OP(freeze_cgroup, .cgroup = "left"))),
		STEP(HOLD_FULL, .ops = OPS(OP(unfreeze_cgroup, .cgroup = "left")))),
};

SCENARIO(weights) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(CGROUP("light", .cpu_weight = 100, .work = SPINNERS(2)),
			CGROUP("heavy", .cpu_weight = 400, .work = SPINNERS(2))))),
};

SCENARIO(quota) = {
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(CGROUP("limited", .cpu = CPU_QUOTA_PCT(50), .work = SPINNERS(1)),
			CGROUP("free", .work = SPINNERS(1))))),
};
