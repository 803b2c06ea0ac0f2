// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of work that need several nodes, cgroups or a tmpfs, then those that are whole
 * benchmarks: each once on a machine of two nodes. What they did is in the results, where
 * tests/guest_looks.py looks for it.
 */
#include <ktstr/ktstr.h>

KTSTR_TEST(placed, "caches, files, faults, nodes, cgroups and benchmarks, each once",
	.topology = TOPOLOGY(2, 2, 2, 1), .duration_ms = SECONDS(60),
	.steps = STEPS(
		STEP(HOLD_MS(5400),
			.ops = OPS(OP(add_cgroup, .name = "wt-cgroup-churn-0"),
				OP(add_cgroup, .name = "wt-cgroup-churn-1"),
				OP(add_cgroup, .name = "race"), OP(add_cgroup, .name = "waited")),
			.cgroups = CGROUPS(CGROUP(
				"w", .work = WORKS(WORK(io_convoy), WORK(io_sync_write),
					     WORK(io_rand_read), WORK(page_fault_churn),
					     WORK(numa_working_set_sweep,
						     .numa_working_set_sweep = {.region_kib = 64,
							     .nodes = "0-1"}),
					     WORK(numa_migration_churn), WORK(cgroup_churn),
					     WORK(cgroup_attach_storm,
						     .cgroup_attach_storm = {.dest = "race"}),
					     WORK(cgroup_attach_storm,
						     .cgroup_attach_storm = {.dest = "waited",
							     .reap = KTSTR_REAP_wait}),
					     WORK(cgroup_attach_storm,
						     .cgroup_attach_storm = {.dest = "missing"}),
					     WORK(cache_pressure), WORK(cache_yield),
					     WORK(cache_pipe))))),
		STEP(HOLD_MS(2700),
			.cgroups = CGROUPS(CGROUP("b",
				.work = WORKS(WORK(taobench, .taobench = {.cache_mib = 4}),
					WORK(schbench, .schbench = {.footprint_kib = 12})))))));
