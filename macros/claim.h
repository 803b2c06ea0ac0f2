/* SPDX-License-Identifier: GPL-2.0-only */
/* The claims of a body: one macro per row of claim.def, with the text of x as the claim's name. */
#ifndef KTSTR_MACROS_CLAIM_H
#define KTSTR_MACROS_CLAIM_H

#define KTSTR_CLAIM_AT_LEAST(ctx, x, bound) ktstr_claim(ctx, KTSTR_CLAIM_at_least, #x, x, bound, 0)
#define KTSTR_CLAIM_AT_MOST(ctx, x, bound)  ktstr_claim(ctx, KTSTR_CLAIM_at_most, #x, x, bound, 0)
#define KTSTR_CLAIM_ABOVE(ctx, x, bound)    ktstr_claim(ctx, KTSTR_CLAIM_above, #x, x, bound, 0)
#define KTSTR_CLAIM_BELOW(ctx, x, bound)    ktstr_claim(ctx, KTSTR_CLAIM_below, #x, x, bound, 0)
#define KTSTR_CLAIM_EQUAL(ctx, x, value)    ktstr_claim(ctx, KTSTR_CLAIM_equal, #x, x, value, 0)
#define KTSTR_CLAIM_NEAR(ctx, x, value, tolerance)                                                 \
	ktstr_claim(ctx, KTSTR_CLAIM_near, #x, x, value, tolerance)
#define KTSTR_CLAIM_BETWEEN(ctx, x, low, high)                                                     \
	ktstr_claim(ctx, KTSTR_CLAIM_between, #x, x, low, high)
#define KTSTR_CLAIM_TRUE(ctx, condition) ktstr_claim_true(ctx, #condition, condition)
#define KTSTR_CLAIM_BETTER(ctx, candidate, baseline, metric, margin)                               \
	ktstr_claim_better(ctx, #candidate, candidate, baseline, metric, margin)

/* KTSTR_CLAIM_ANY_OF(ctx, "one of the two is fast", KTSTR_CLAIM_ABOVE(...), ...) */
#define KTSTR_CLAIM_ANY_OF(ctx, label, ...)                                                        \
	KTSTR_CLAIMS_(ctx, KTSTR_CLAIMS_ANY_OF, label, __VA_ARGS__)
#define KTSTR_CLAIM_ALL_OF(ctx, label, ...)                                                        \
	KTSTR_CLAIMS_(ctx, KTSTR_CLAIMS_ALL_OF, label, __VA_ARGS__)
#define KTSTR_CLAIMS_(ctx, kind, label, ...)                                                       \
	(ktstr_claims_begin(ctx, kind, label), (void)(const enum ktstr_verdict[]){__VA_ARGS__},    \
		ktstr_claims_end(ctx))

#endif
