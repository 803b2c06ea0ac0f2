/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a body claims of the values it finds. A claim that does not hold fails the test, one that
 * cannot be decided leaves it undecided, and all of them stand in the result with their values:
 *
 *	KTSTR_CLAIM_AT_LEAST(ctx, ktstr_iterations(ctx, "left"), 1000);
 *	KTSTR_CLAIM_NEAR(ctx, shares[0] / shares[1], 1, 0.1);
 *
 * The text of the first argument is the claim's name. A value that is no number never holds.
 * KTSTR_LOG_PASSES=1 shows the claims that hold, too.
 */
#ifndef KTSTR_CLAIM_H
#define KTSTR_CLAIM_H

#include <stdint.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

#include <ktstr/payload.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ktstr_ctx;

/* What came of a claim; the worst of several is the largest. */
enum ktstr_verdict { KTSTR_VERDICT_PASS, KTSTR_VERDICT_INCONCLUSIVE, KTSTR_VERDICT_FAIL };

enum ktstr_claim_kind {
#define CLAIM(name, NAME, takes, holds, says, words) KTSTR_CLAIM_##name,
#include <macros/claim.def>
#undef CLAIM
	KTSTR_CLAIM_COUNT
};

/* The macros below call these. Whole numbers up to 64 bits are compared exactly. */
enum ktstr_verdict ktstr_claim(struct ktstr_ctx *ctx, enum ktstr_claim_kind kind, const char *label,
	long double x, long double a, long double b);
enum ktstr_verdict ktstr_claim_true(struct ktstr_ctx *ctx, const char *label, bool holds);
/*
 * CANDIDATE is better than BASELINE by MARGIN, a fraction of the baseline (0.10: ten percent; 0:
 * better at all). Which direction is better is what is known of METRIC: a hint in the test's
 * .metrics or in one of its payloads, or a row of macros/metric.def. Of a metric nobody knows
 * nothing can be decided.
 */
enum ktstr_verdict ktstr_claim_better(struct ktstr_ctx *ctx, const char *label,
	long double candidate, long double baseline, const char *metric, double margin);
/* What stands between the two is one claim: all of it holds, or any of it. At most 8 levels. */
enum ktstr_claims_kind { KTSTR_CLAIMS_ALL_OF, KTSTR_CLAIMS_ANY_OF };
void ktstr_claims_begin(struct ktstr_ctx *ctx, enum ktstr_claims_kind kind, const char *label);
enum ktstr_verdict ktstr_claims_end(struct ktstr_ctx *ctx);

/* Counters, such as the events of a sched_ext scheduler. A list ends with a NULL name. */
struct ktstr_counter {
	const char *name;
	int64_t value;
};

/* Each counter is at most its cap; one without a cap is exactly 0, and none is negative. */
enum ktstr_verdict ktstr_claim_counters(struct ktstr_ctx *ctx, const char *label,
	const struct ktstr_counter *counters, const struct ktstr_counter *caps);

/* Say that something could not be decided, and why. */
void ktstr_inconclusive(struct ktstr_ctx *ctx, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif

#endif
