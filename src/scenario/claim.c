// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claims of a body: each is decided here, in the machine, with the values as they are, and
 * told at once. Inside a claim of several, parts are told too but count only through it.
 */
#include "scenario/claim.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "scenario/ctx.h"

#define NUMBER_BYTES 48
/* Whole numbers below this are exact in a long double. */
#define WHOLE_MAX 0x1p64L

static const struct {
	const char *words;
	struct kt_claim_info info;
} rows[KTSTR_CLAIM_COUNT] = {
#define CLAIM(name, NAME, takes, holds, says, words_)                                              \
	[KTSTR_CLAIM_##name] = {words_, {"KTSTR_CLAIM_" #NAME "(ctx, x, " takes ")", says}},
#include "macros/claim.def"
#undef CLAIM
};

const struct kt_claim_info *kt_claim_info(enum ktstr_claim_kind kind)
{
	return &rows[kind].info;
}

static bool holds(enum ktstr_claim_kind kind, long double x, long double a, long double b)
{
	(void)b; /* most take one bound */
	switch (kind) {
#define CLAIM(name, NAME, takes, holds, says, words)                                               \
	case KTSTR_CLAIM_##name:                                                                   \
		return holds;
#include "macros/claim.def"
#undef CLAIM
	case KTSTR_CLAIM_COUNT:
		break;
	}
	return false;
}

/* Where six digits make two different numbers look the same, EXACT shows all of them. */
static void number(long double x, bool exact, char buf[NUMBER_BYTES])
{
	if (x == rintl(x) && fabsl(x) < WHOLE_MAX)
		snprintf(buf, NUMBER_BYTES, "%.0Lf", x);
	else
		snprintf(buf, NUMBER_BYTES, exact ? "%.21Lg" : "%.6Lg", x);
}

static void tell(struct ktstr_ctx *ctx, struct kt_claim *c)
{
	struct kt_state *s = ctx->state;
	struct kt_claims *claims = &ctx->claims;

	c->phase = s->phase;
	c->counts = !claims->depth;
	if (claims->depth)
		claims->open[claims->depth - 1].count[c->verdict]++;
	if (claims->told[c->counts][c->verdict]++ < KT_CLAIMS_MAX)
		s->env->on_claim(s->env->arg, c);
	else
		s->env->on_loss(s->env->arg, KT_LOSS_claim_dropped, 1);
}

static enum ktstr_verdict tell_text(struct ktstr_ctx *ctx, struct kt_claim *c, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static enum ktstr_verdict tell_text(struct ktstr_ctx *ctx, struct kt_claim *c, const char *fmt, ...)
{
	char text[KT_CLAIM_TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->text = text;
	tell(ctx, c);
	return c->verdict;
}

/* The words of a row with its bounds put in. */
static const char *expectation(enum ktstr_claim_kind kind, long double a, long double b, bool exact,
	char *buf, size_t bytes)
{
	char first[NUMBER_BYTES], second[NUMBER_BYTES];
	size_t used = 0;

	number(a, exact, first);
	number(b, exact, second);
	buf[0] = '\0';
	for (const char *p = rows[kind].words; *p && used + 1 < bytes; p++) {
		bool is_bound = *p == '%';
		const char *text = is_bound ? (*++p == '1' ? first : second) : p;

		used += (size_t)snprintf(
			buf + used, bytes - used, "%.*s", is_bound ? NUMBER_BYTES : 1, text);
	}
	return buf;
}

static bool is_empty(enum ktstr_claim_kind kind, long double a, long double b)
{
	return (kind == KTSTR_CLAIM_between && a > b) || (kind == KTSTR_CLAIM_near && b < 0);
}

enum ktstr_verdict ktstr_claim(struct ktstr_ctx *ctx, enum ktstr_claim_kind kind, const char *label,
	long double x, long double a, long double b)
{
	bool held = kind < KTSTR_CLAIM_COUNT && holds(kind, x, a, b);
	struct kt_claim c = {.verdict = held ? KTSTR_VERDICT_PASS : KTSTR_VERDICT_FAIL,
		.has_value = true,
		.value = (double)x,
		.bound = (double)a,
		.label = label};
	char value[NUMBER_BYTES], bound[NUMBER_BYTES], wanted[3 * NUMBER_BYTES];

	if (kind >= KTSTR_CLAIM_COUNT)
		return tell_text(ctx, &c, "%s: there is no claim %d", label, (int)kind);
	number(x, false, value);
	number(a, false, bound);
	bool exact = x != a && strcmp(value, bound) == 0;
	number(x, exact, value);
	expectation(kind, a, b, exact, wanted, sizeof(wanted));
	if (isnan(x) || isnan(a) || isnan(b)) {
		c.verdict = KTSTR_VERDICT_FAIL;
		return tell_text(ctx, &c, "%s is %s and cannot be compared: wanted is %s", label,
			value, wanted);
	}
	if (is_empty(kind, a, b))
		return tell_text(ctx, &c, "%s is %s; nothing is %s", label, value, wanted);
	return tell_text(
		ctx, &c, "%s is %s%s%s", label, value, held ? ", which is " : ", not ", wanted);
}

enum ktstr_verdict ktstr_claim_true(struct ktstr_ctx *ctx, const char *label, bool is_so)
{
	struct kt_claim c = {
		.verdict = is_so ? KTSTR_VERDICT_PASS : KTSTR_VERDICT_FAIL, .label = label};

	return tell_text(ctx, &c, "%s is %s", label, is_so ? "true" : "false");
}

void ktstr_inconclusive(struct ktstr_ctx *ctx, const char *fmt, ...)
{
	char text[KT_CLAIM_TEXT_BYTES];
	struct kt_claim c = {
		.verdict = KTSTR_VERDICT_INCONCLUSIVE, .label = "undecided", .text = text};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tell(ctx, &c);
}

/* How much better X is than Y, in the direction of the hint; below 0: worse. */
static long double gain(const struct ktstr_metric_hint *hint, long double x, long double y)
{
	switch (hint->polarity) {
	case KTSTR_POLARITY_HIGHER:
		return x - y;
	case KTSTR_POLARITY_LOWER:
		return y - x;
	case KTSTR_POLARITY_TARGET:
		return fabsl(y - (long double)hint->target) - fabsl(x - (long double)hint->target);
	case KTSTR_POLARITY_UNKNOWN:
		break;
	}
	return -HUGE_VALL;
}

/* What a margin is a fraction of. In doubles, as tests write both: 10 % of 100 are 10. */
static double scale_of(const struct ktstr_metric_hint *hint, long double baseline)
{
	return hint->polarity == KTSTR_POLARITY_TARGET ? fabs((double)baseline - hint->target)
						       : fabs((double)baseline);
}

static const char *direction_of(enum ktstr_polarity polarity)
{
	return polarity == KTSTR_POLARITY_HIGHER  ? "higher is better"
	       : polarity == KTSTR_POLARITY_LOWER ? "lower is better"
						  : "nearer to its target is better";
}

/* Why a comparison decides nothing; NULL when it does. */
static const char *why_undecided(const struct ktstr_test *test, const char *metric,
	long double baseline, double margin, struct ktstr_metric_hint *hint)
{
	if (!kt_claim_find_metric(test, metric, hint) || hint->polarity == KTSTR_POLARITY_UNKNOWN)
		return "which direction is better is not known: give the test .metrics, or the "
		       "payload a hint";
	if (margin > 0 && scale_of(hint, baseline) == 0)
		return "a margin relative to a baseline of 0 says nothing";
	return NULL;
}

enum ktstr_verdict ktstr_claim_better(struct ktstr_ctx *ctx, const char *label,
	long double candidate, long double baseline, const char *metric, double margin)
{
	struct ktstr_metric_hint hint = {.name = NULL};
	struct kt_claim c = {.verdict = KTSTR_VERDICT_FAIL,
		.has_value = true,
		.value = (double)candidate,
		.bound = (double)baseline,
		.label = label};
	char value[NUMBER_BYTES], base[NUMBER_BYTES], by[NUMBER_BYTES + 16] = "";

	number(candidate, false, value);
	number(baseline, false, base);
	if (isnan(candidate) || isnan(baseline) || !(margin >= 0))
		return tell_text(ctx, &c,
			"%s is %s and cannot be compared with %s by a margin of %g", label, value,
			base, margin);
	const char *why = why_undecided(ctx->state->plan->test, metric, baseline, margin, &hint);
	if (why) {
		c.verdict = KTSTR_VERDICT_INCONCLUSIVE;
		return tell_text(ctx, &c, "%s is %s, the baseline %s, but of the metric '%s' %s",
			label, value, base, metric, why);
	}
	long double gained = gain(&hint, candidate, baseline);
	long double wanted = (long double)(scale_of(&hint, baseline) * margin);
	bool held = margin > 0 ? gained >= wanted : gained > 0;
	if (margin > 0)
		snprintf(by, sizeof(by), " by %g %%", margin * 100);
	c.verdict = held ? KTSTR_VERDICT_PASS : KTSTR_VERDICT_FAIL;
	return tell_text(ctx, &c, "%s is %s, %sbetter than the baseline %s%s (%s: %s)", label,
		value, held ? "" : "not ", base, by, metric, direction_of(hint.polarity));
}

void ktstr_claims_begin(struct ktstr_ctx *ctx, enum ktstr_claims_kind kind, const char *label)
{
	struct kt_claims *claims = &ctx->claims;
	struct kt_claim c = {.verdict = KTSTR_VERDICT_FAIL, .label = label};

	if (claims->depth < KT_CLAIMS_DEPTH) {
		claims->open[claims->depth++] =
			(struct kt_claims_open){.kind = kind, .label = label};
		return;
	}
	/* Its parts and its end belong to the innermost that fits; that it fails is certain. */
	claims->beyond++;
	(void)tell_text(ctx, &c, "%s: claims are nested more than %u deep", label, KT_CLAIMS_DEPTH);
}

/* Nothing claimed is nothing shown. */
static enum ktstr_verdict merge(const struct kt_claims_open *o)
{
	bool some[] = {o->count[KTSTR_VERDICT_PASS] > 0, o->count[KTSTR_VERDICT_INCONCLUSIVE] > 0,
		o->count[KTSTR_VERDICT_FAIL] > 0};

	if (o->kind == KTSTR_CLAIMS_ANY_OF && some[KTSTR_VERDICT_PASS])
		return KTSTR_VERDICT_PASS;
	if (o->kind == KTSTR_CLAIMS_ALL_OF && some[KTSTR_VERDICT_FAIL])
		return KTSTR_VERDICT_FAIL;
	if (some[KTSTR_VERDICT_INCONCLUSIVE])
		return KTSTR_VERDICT_INCONCLUSIVE;
	if (some[KTSTR_VERDICT_PASS])
		return KTSTR_VERDICT_PASS;
	return some[KTSTR_VERDICT_FAIL] ? KTSTR_VERDICT_FAIL : KTSTR_VERDICT_INCONCLUSIVE;
}

enum ktstr_verdict ktstr_claims_end(struct ktstr_ctx *ctx)
{
	struct kt_claims *claims = &ctx->claims;
	struct kt_claim c = {.verdict = KTSTR_VERDICT_FAIL, .label = "ktstr_claims_end"};

	if (claims->beyond) {
		claims->beyond--;
		return KTSTR_VERDICT_FAIL;
	}
	if (!claims->depth)
		return tell_text(ctx, &c, "ktstr_claims_end: no claim of several was begun");
	const struct kt_claims_open o = claims->open[--claims->depth];
	size_t held = o.count[KTSTR_VERDICT_PASS];
	size_t all = held + o.count[KTSTR_VERDICT_INCONCLUSIVE] + o.count[KTSTR_VERDICT_FAIL];
	c.label = o.label;
	c.verdict = merge(&o);
	return tell_text(ctx, &c, "%s: of %zu claims %zu hold%s, %s wanted", o.label, all, held,
		held == 1 ? "s" : "", o.kind == KTSTR_CLAIMS_ALL_OF ? "all are" : "one is");
}

static const struct ktstr_counter *find_counter(const struct ktstr_counter *list, const char *name)
{
	for (; list && list->name; list++)
		if (strcmp(list->name, name) == 0)
			return list;
	return NULL;
}

enum ktstr_verdict ktstr_claim_counters(struct ktstr_ctx *ctx, const char *label,
	const struct ktstr_counter *counters, const struct ktstr_counter *caps)
{
	char name[KT_CLAIM_TEXT_BYTES];

	ktstr_claims_begin(ctx, KTSTR_CLAIMS_ALL_OF, label);
	for (; counters && counters->name; counters++) {
		const struct ktstr_counter *cap = find_counter(caps, counters->name);

		snprintf(name, sizeof(name), "%s %s", label, counters->name);
		ktstr_claim(ctx, KTSTR_CLAIM_between, name, (long double)counters->value, 0,
			cap ? (long double)cap->value : 0);
	}
	return ktstr_claims_end(ctx);
}

void kt_claims_finish(struct ktstr_ctx *ctx)
{
	ctx->claims.beyond = 0;
	while (ctx->claims.depth) {
		struct kt_claims_open *o = &ctx->claims.open[ctx->claims.depth - 1];
		struct kt_claim c = {.verdict = KTSTR_VERDICT_FAIL, .label = o->label};

		(void)tell_text(ctx, &c,
			"%s: the body ended between ktstr_claims_begin and ktstr_claims_end",
			o->label);
		o->kind = KTSTR_CLAIMS_ALL_OF; /* that failure must not be one of several choices */
		(void)ktstr_claims_end(ctx);
	}
}
