// SPDX-License-Identifier: GPL-2.0-only
/* The first test: two cgroups, each on an LLC of its own, must both get their share. */
#include <ktstr/ktstr.h>

KTSTR_TEST(first, "two cgroups on their own LLCs both get their share",
	.topology = TOPOLOGY(1, 2, 1, 1), /* 1 node, 2 LLCs, 1 core each, 1 thread */
	.duration_ms = SECONDS(2),
	.checks = CHECKS(.not_starved = true, .isolation = true),
	.steps = STEPS(
		STEP(HOLD_FULL,
			.cgroups = CGROUPS(
				CGROUP("left", .cpuset = CPUS_LLC(0),
					.work = WORKS(WORK(spin_wait, .workers = 2))),
				CGROUP("right", .cpuset = CPUS_LLC(1),
					.work = WORKS(WORK(spin_wait, .workers = 2)))))));
