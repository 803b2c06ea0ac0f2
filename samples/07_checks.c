// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of one's own. Limits come in layers: what the scheduler promises in all its tests, then
 * what this test makes of it. What no check knows the body claims itself: it compares values,
 * and the text of what is compared is the claim's name. KTSTR_LOG_PASSES=1 shows all that holds.
 */
#include <ktstr/ktstr.h>

static const struct ktstr_checks promised = CHECKS(.not_starved = true, .min_iteration_rate = 10);

static void share_one_cpu(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup heavy =
		CGROUP("heavy", .cpuset = CPUS_EXACT("1"), .cpu_weight = 300);
	const struct ktstr_cgroup light =
		CGROUP("light", .cpuset = CPUS_EXACT("1"), .cpu_weight = 100);

	ktstr_run_cgroup(ctx, &heavy);
	ktstr_run_cgroup(ctx, &light);
	ktstr_hold_ms(ctx, ktstr_remaining_ms(ctx));
}

KTSTR_TEST_BODY(weights, "a cgroup of three times the weight gets three times the CPU",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(6),
	.scheduler_checks = &promised,
	.checks = CHECKS(.max_gap_ms = LIMIT_OFF, .max_migrations = LIMIT_ZERO))
{
	share_one_cpu(ctx);
	double heavy = (double)ktstr_iterations(ctx, "heavy");
	double light = (double)ktstr_iterations(ctx, "light");

	CLAIM_ABOVE(ctx, light, 0);
	CLAIM_BETWEEN(ctx, heavy / light, 1.5, 6); /* wide enough for a busy host */
	CLAIM_BETTER(ctx, heavy, light, "iterations", 0.5);
	CLAIM_ANY_OF(ctx, "one of them got a lot done",
		CLAIM_AT_LEAST(ctx, light, 1e12), CLAIM_AT_LEAST(ctx, heavy, 100));
}
