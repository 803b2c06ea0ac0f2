// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test that must fail: nobody spins a million iterations a second when one iteration is
 * 1024 pause instructions. The report shows the value that was measured beside the bound.
 */
#include <ktstr/ktstr.h>

#ifndef RATE
#define RATE 1000000
#endif

KTSTR_TEST(too_fast, "an iteration rate that no machine reaches",
	.topology = TOPOLOGY(1, 1, 1, 1),
	.duration_ms = SECONDS(1),
	.checks = CHECKS(.min_iteration_rate = RATE),
	.steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("runner")))));
