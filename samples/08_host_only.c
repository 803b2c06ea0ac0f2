// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without a guest: .host_only runs the same scenario on the kernel, the CPUs and the cgroups of
 * the machine where the program is started. The topology is then what that machine must have at
 * least: the first test needs two cores and uses all there are, the second asks for too much and
 * is skipped. Nothing of a test stays: no process, no cgroup, no controller that was off before.
 */
#include <ktstr/ktstr.h>

KTSTR_TEST(both_halves, "each half of this machine's CPUs gets its work done",
	.host_only = true,
	.topology = TOPOLOGY(1, 1, 2, 1),
	.duration_ms = SECONDS(2),
	.checks = CHECKS(.min_iteration_rate = 10, .isolation = true),
	.steps = STEPS(
		STEP(HOLD_FULL,
			.cgroups = CGROUPS(
				CGROUP("first", .cpuset = CPUS_DISJOINT(0, 2)),
				CGROUP("second", .cpuset = CPUS_DISJOINT(1, 2))))));

KTSTR_TEST(large_server, "this one wants 64 last-level caches",
	.host_only = true,
	.topology = TOPOLOGY(1, 64, 1, 1),
	.steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("runner")))));
