// SPDX-License-Identifier: GPL-2.0-only
/* Cpusets said without knowing the machine, and changed while the workers run. */
#include <ktstr/ktstr.h>

KTSTR_TEST(halves, "two disjoint halves, then the same half for both",
	.topology = TOPOLOGY(1, 2, 2, 1),
	.duration_ms = SECONDS(4),
	.checks = CHECKS(.isolation = true),
	.steps = STEPS(
		STEP(HOLD_FRAC(0.4),
			.cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_DISJOINT(0, 2)),
				CGROUP("b", .cpuset = CPUS_DISJOINT(1, 2)))),
		STEP(HOLD_FRAC(0.4),
			.ops = OPS(
				OP(add_cgroup_def, .def = CGROUPS(CGROUP("a", .cpuset = CPUS_EXACT("0-1")))),
				OP(add_cgroup_def, .def = CGROUPS(CGROUP("b", .cpuset = CPUS_EXACT("2")))),
				OP(set_cpuset, .cgroup = "b", .cpus = CPUS_LLC(0))))));
