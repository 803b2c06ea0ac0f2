// SPDX-License-Identifier: GPL-2.0-only
/* Kinds of work side by side on one LLC: 'ktstr help work' lists them all. */
#include <ktstr/ktstr.h>

KTSTR_TEST(kinds, "a spinner, a yielder and a sleeper share two CPUs",
	.topology = TOPOLOGY(1, 1, 2, 1),
	.duration_ms = SECONDS(3),
	.checks = CHECKS(.max_gap_ms = 1500),
	.steps = STEPS(
		STEP(HOLD_FULL,
			.cgroups = CGROUPS(CGROUP("busy",
				.work = WORKS(WORK(spin_wait, .workers = 2),
					WORK(yield_heavy),
					WORK(mixed),
					WORK(bursty, .workers = 2,
						.bursty = {.burst_ms = 5, .sleep_ms = 20})))))));
