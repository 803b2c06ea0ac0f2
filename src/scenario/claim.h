/* SPDX-License-Identifier: GPL-2.0-only */
/* The claims of a body as they leave the scenario, and those it is in the middle of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ktstr/claim.h>

#define KT_CLAIMS_DEPTH	    8u
#define KT_CLAIM_TEXT_BYTES 512u
/* Of each verdict, and of parts apart from those that count: more are only counted. */
#define KT_CLAIMS_MAX 1000u

/* One claim, decided. Texts are borrowed. */
struct kt_claim {
	uint16_t phase;
	enum ktstr_verdict verdict;
	bool counts;	/* false: it is a part of another, which counts for it */
	bool has_value; /* value and bound say something */
	double value, bound;
	const char *label; /* "ktstr_iterations(ctx, \"left\")" */
	const char *text;  /* the whole sentence */
};

/* A claim made of others, from its begin to its end. */
struct kt_claims_open {
	enum ktstr_claims_kind kind;
	const char *label;
	size_t count[KTSTR_VERDICT_FAIL + 1]; /* of the parts, by verdict */
};

/* Zero bytes are a body that has claimed nothing. */
struct kt_claims {
	struct kt_claims_open open[KT_CLAIMS_DEPTH];
	size_t depth;
	size_t beyond; /* begun deeper than there is room for, and not ended yet */
	size_t told[2][KTSTR_VERDICT_FAIL + 1]; /* parts, and those that count */
};

/* The body is over: what it began and did not end is decided. */
void kt_claims_finish(struct ktstr_ctx *ctx);

/* A row of claim.def, for help: "KTSTR_CLAIM_AT_LEAST(ctx, x, bound)" and when it holds. */
struct kt_claim_info {
	const char *usage, *says;
};
const struct kt_claim_info *kt_claim_info(enum ktstr_claim_kind kind);

/* What is known of a metric: false when it is neither a hint's nor a row of metric.def. */
struct ktstr_test;
bool kt_claim_find_metric(
	const struct ktstr_test *test, const char *name, struct ktstr_metric_hint *ret);
