// SPDX-License-Identifier: GPL-2.0-only
/* The claims of a body: when each holds, what it is called, and what claims of several make. */
#include <float.h>
#include <math.h>

#include "scenario/ctx.h"
#include "unit/scenario/scenario.h"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(claim, .init = setup, .fini = done);

static const struct ktstr_metric_hint hints[] = {
	{.name = "fps", .polarity = KTSTR_POLARITY_HIGHER},
	{.name = "load", .polarity = KTSTR_POLARITY_TARGET, .target = 50},
	{.name = "unclear", .polarity = KTSTR_POLARITY_UNKNOWN},
	{.name = NULL},
};

static void run_body(void (*body)(struct ktstr_ctx *ctx))
{
	const struct ktstr_test t = TEST_OF(.body = body, .metrics = hints);
	run_in(&f, &t);
}

static void bounds(struct ktstr_ctx *ctx)
{
	int two = 2;

	cr_assert_eq(CLAIM_AT_LEAST(ctx, two, 2), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_AT_LEAST(ctx, two, 2.5), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_AT_MOST(ctx, two, 2), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_AT_MOST(ctx, two, 1), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_ABOVE(ctx, two, 1), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_ABOVE(ctx, two, 2), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BELOW(ctx, two, 3), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_BELOW(ctx, two, 2), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_EQUAL(ctx, two, 2), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_EQUAL(ctx, two, 3), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_NEAR(ctx, two, 3, 1), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_NEAR(ctx, two, 3, 0.5), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BETWEEN(ctx, two, 2, 3), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_BETWEEN(ctx, two, 3, 4), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_TRUE(ctx, two == 2), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_TRUE(ctx, two == 3), KTSTR_VERDICT_FAIL);
}

Test(claim, each_holds_when_it_should_and_is_named_by_its_expression)
{
	run_body(bounds);
	expect_lines(&f, "claim",
		"claim 1 holds two is 2, which is at least 2\n"
		"claim 1 fails two is 2, not at least 2.5\n"
		"claim 1 holds two is 2, which is at most 2\n"
		"claim 1 fails two is 2, not at most 1\n"
		"claim 1 holds two is 2, which is above 1\n"
		"claim 1 fails two is 2, not above 2\n"
		"claim 1 holds two is 2, which is below 3\n"
		"claim 1 fails two is 2, not below 2\n"
		"claim 1 holds two is 2, which is equal to 2\n"
		"claim 1 fails two is 2, not equal to 3\n"
		"claim 1 holds two is 2, which is within 1 of 3\n"
		"claim 1 fails two is 2, not within 0.5 of 3\n"
		"claim 1 holds two is 2, which is between 2 and 3\n"
		"claim 1 fails two is 2, not between 3 and 4\n"
		"claim 1 holds two == 2 is true\n"
		"claim 1 fails two == 3 is false\n");
}

static void no_numbers(struct ktstr_ctx *ctx)
{
	double nan_value = NAN;

	for (int kind = 0; kind < KTSTR_CLAIM_COUNT; kind++) {
		enum ktstr_claim_kind k = (enum ktstr_claim_kind)kind;
		cr_assert_eq(ktstr_claim(ctx, k, "x", NAN, 0, 1), KTSTR_VERDICT_FAIL);
		cr_assert_eq(ktstr_claim(ctx, k, "x", 0, NAN, 1), KTSTR_VERDICT_FAIL);
		cr_assert_eq(ktstr_claim(ctx, k, "x", NAN, NAN, NAN), KTSTR_VERDICT_FAIL);
	}
	CLAIM_AT_MOST(ctx, nan_value, 5);
	cr_assert_eq(CLAIM_BETTER(ctx, nan_value, 5, "fps", 0), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BETTER(ctx, 6, nan_value, "fps", 0), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BETTER(ctx, 6, 5, "fps", nan_value), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BETTER(ctx, 6, 5, "fps", -0.1), KTSTR_VERDICT_FAIL);
}

Test(claim, what_is_no_number_never_holds_and_cannot_be_compared)
{
	run_body(no_numbers);
	const char *lines = fake_env_lines(&f, "claim");
	cr_assert_null(strstr(lines, "holds"));
	cr_assert_not_null(strstr(lines,
		"claim 1 fails nan_value is nan and cannot be compared: wanted is at most 5\n"));
}

static void empty_ranges(struct ktstr_ctx *ctx)
{
	cr_assert_eq(CLAIM_BETWEEN(ctx, 5, 6, 4), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_NEAR(ctx, 5, 5, -1), KTSTR_VERDICT_FAIL);
}

Test(claim, a_range_with_nothing_in_it_says_so)
{
	run_body(empty_ranges);
	expect_lines(&f, "claim",
		"claim 1 fails 5 is 5; nothing is between 6 and 4\n"
		"claim 1 fails 5 is 5; nothing is within -1 of 5\n");
}

static void big_numbers(struct ktstr_ctx *ctx)
{
	uint64_t big = UINT64_MAX, less = UINT64_MAX - 1;
	double tenth = 0.1;

	cr_assert_eq(CLAIM_EQUAL(ctx, big, less), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_ABOVE(ctx, big, less), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_EQUAL(ctx, tenth, 0.1 + 1e-12), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BELOW(ctx, tenth, HUGE_VAL), KTSTR_VERDICT_PASS);
}

Test(claim, numbers_that_differ_are_never_shown_as_the_same)
{
	run_body(big_numbers);
	const char *lines = fake_env_lines(&f, "claim");
	cr_assert_not_null(strstr(lines, "big is 18446744073709551615, not equal to "
					 "18446744073709551614\n"));
	cr_assert_not_null(strstr(lines, "tenth is 0.10000000000000000"));
	cr_assert_not_null(strstr(lines, "tenth is 0.1, which is below inf\n"));
}

static void comparisons(struct ktstr_ctx *ctx)
{
	cr_assert_eq(CLAIM_BETTER(ctx, 111, 100, "fps", 0.10), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_BETTER(ctx, 109, 100, "fps", 0.10), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BETTER(ctx, 101, 100, "fps", 0), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_BETTER(ctx, 100, 100, "fps", 0), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BETTER(ctx, 90, 100, "gap_ms", 0.10), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_BETTER(ctx, 91, 100, "gap_ms", 0.10), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BETTER(ctx, 45, 60, "load", 0.5), KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_BETTER(ctx, 44, 60, "load", 0.5), KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_BETTER(ctx, -90, -100, "fps", 0.10), KTSTR_VERDICT_PASS);
}

Test(claim, better_is_the_direction_of_the_metric)
{
	run_body(comparisons);
	const char *lines = fake_env_lines(&f, "claim");
	cr_assert_not_null(
		strstr(lines, "claim 1 holds 111 is 111, better than the baseline 100 by "
			      "10 % (fps: higher is better)\n"));
	cr_assert_not_null(strstr(lines, "claim 1 fails 91 is 91, not better than the baseline 100 "
					 "by 10 % (gap_ms: lower is better)\n"));
	cr_assert_not_null(strstr(lines, "(load: nearer to its target is better)"));
}

static void unknown_metrics(struct ktstr_ctx *ctx)
{
	cr_assert_eq(CLAIM_BETTER(ctx, 2, 1, "nope", 0), KTSTR_VERDICT_INCONCLUSIVE);
	cr_assert_eq(CLAIM_BETTER(ctx, 2, 1, "unclear", 0), KTSTR_VERDICT_INCONCLUSIVE);
	cr_assert_eq(CLAIM_BETTER(ctx, 2, 0, "fps", 0.1), KTSTR_VERDICT_INCONCLUSIVE);
	cr_assert_eq(CLAIM_BETTER(ctx, 2, 0, "fps", 0), KTSTR_VERDICT_PASS);
}

Test(claim, of_a_metric_nobody_knows_nothing_is_decided)
{
	run_body(unknown_metrics);
	const char *lines = fake_env_lines(&f, "claim");
	cr_assert_not_null(
		strstr(lines, "claim 1 undecided 2 is 2, the baseline 1, but of the metric "
			      "'nope' which direction is better is not known"));
	cr_assert_not_null(strstr(lines, "a baseline of 0 says nothing"));
}

static void several(struct ktstr_ctx *ctx)
{
	cr_assert_eq(CLAIM_ANY_OF(ctx, "one", CLAIM_TRUE(ctx, 0), CLAIM_TRUE(ctx, 1)),
		KTSTR_VERDICT_PASS);
	cr_assert_eq(CLAIM_ANY_OF(ctx, "none", CLAIM_TRUE(ctx, 0), CLAIM_TRUE(ctx, 0)),
		KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_ALL_OF(ctx, "both", CLAIM_TRUE(ctx, 1), CLAIM_TRUE(ctx, 0)),
		KTSTR_VERDICT_FAIL);
	cr_assert_eq(CLAIM_ALL_OF(ctx, "whole", CLAIM_TRUE(ctx, 1),
			     CLAIM_ANY_OF(ctx, "inner", CLAIM_TRUE(ctx, 0), CLAIM_TRUE(ctx, 1))),
		KTSTR_VERDICT_PASS);
}

Test(claim, parts_count_only_through_the_claim_they_make)
{
	run_body(several);
	expect_lines(&f, "claim",
		"claim 1 holds one: of 2 claims 1 holds, one is wanted\n"
		"claim 1 fails none: of 2 claims 0 hold, one is wanted\n"
		"claim 1 fails both: of 2 claims 1 holds, all are wanted\n"
		"claim 1 holds whole: of 2 claims 2 hold, all are wanted\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "part"),
		"part 1 holds inner: of 2 claims 1 holds, one is wanted\n"));
}

static void undecided_parts(struct ktstr_ctx *ctx)
{
	ktstr_claims_begin(ctx, KTSTR_CLAIMS_ANY_OF, "any");
	ktstr_inconclusive(ctx, "the sensor is off");
	CLAIM_TRUE(ctx, 0);
	cr_assert_eq(ktstr_claims_end(ctx), KTSTR_VERDICT_INCONCLUSIVE);
	ktstr_claims_begin(ctx, KTSTR_CLAIMS_ALL_OF, "all");
	ktstr_inconclusive(ctx, "the sensor is off");
	CLAIM_TRUE(ctx, 1);
	cr_assert_eq(ktstr_claims_end(ctx), KTSTR_VERDICT_INCONCLUSIVE);
	ktstr_claims_begin(ctx, KTSTR_CLAIMS_ALL_OF, "nothing");
	cr_assert_eq(ktstr_claims_end(ctx), KTSTR_VERDICT_INCONCLUSIVE);
	ktstr_claims_begin(ctx, KTSTR_CLAIMS_ANY_OF, "nothing");
	cr_assert_eq(ktstr_claims_end(ctx), KTSTR_VERDICT_INCONCLUSIVE);
}

Test(claim, what_is_undecided_decides_a_claim_of_several_only_when_nothing_else_does)
{
	run_body(undecided_parts);
}

static void left_open(struct ktstr_ctx *ctx)
{
	ktstr_claims_begin(ctx, KTSTR_CLAIMS_ANY_OF, "open");
	CLAIM_TRUE(ctx, 1);
}

Test(claim, a_claim_of_several_that_is_never_ended_fails)
{
	run_body(left_open);
	expect_lines(&f, "claim", "claim 1 fails open: of 2 claims 1 holds, all are wanted\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "part"), "the body ended between"));
}

static void end_without_begin(struct ktstr_ctx *ctx)
{
	cr_assert_eq(ktstr_claims_end(ctx), KTSTR_VERDICT_FAIL);
}

Test(claim, an_end_without_a_begin_fails)
{
	run_body(end_without_begin);
	cr_assert_not_null(strstr(fake_env_lines(&f, "claim"), "was begun"));
}

static void too_deep(struct ktstr_ctx *ctx)
{
	for (unsigned i = 0; i < KT_CLAIMS_DEPTH + 2; i++)
		ktstr_claims_begin(ctx, KTSTR_CLAIMS_ALL_OF, "deep");
	for (unsigned i = 0; i < KT_CLAIMS_DEPTH + 2; i++)
		cr_assert_eq(ktstr_claims_end(ctx), KTSTR_VERDICT_FAIL);
	cr_assert_eq(ctx->claims.depth, 0);
}

Test(claim, claims_nested_too_deep_fail_and_their_ends_fit)
{
	run_body(too_deep);
	cr_assert_not_null(strstr(fake_env_lines(&f, "part"), "nested more than 8 deep"));
	cr_assert_not_null(strstr(fake_env_lines(&f, "claim"), "claim 1 fails deep"));
}

static void very_many(struct ktstr_ctx *ctx)
{
	for (unsigned i = 0; i < KT_CLAIMS_MAX + 5; i++)
		CLAIM_TRUE(ctx, 1);
	ktstr_claims_begin(ctx, KTSTR_CLAIMS_ANY_OF, "open");
	for (unsigned i = 0; i < KT_CLAIMS_MAX + 5; i++)
		CLAIM_TRUE(ctx, 0);
	ktstr_claims_end(ctx);
	CLAIM_TRUE(ctx, 2 > 3);
}

Test(claim, a_flood_of_claims_is_cut_but_never_hides_a_failure)
{
	run_body(very_many);
	const char *losses = fake_env_lines(&f, "loss");
	size_t count = 0;
	for (const char *p = losses; (p = strstr(p, "loss claim_dropped 1\n")); p++)
		count++;
	cr_assert_eq(count, 10);
	const char *lines = fake_env_lines(&f, "claim");
	cr_assert_not_null(strstr(lines, "claim 1 fails open: of 1005 claims 0 hold"));
	cr_assert_not_null(strstr(lines, "claim 1 fails 2 > 3 is false\n"));
}

static void counters(struct ktstr_ctx *ctx)
{
	static const struct ktstr_counter events[] = {
		{"select_cpu_fallback", 3}, {"dispatch_offline", 0}, {"enq_skip", 1}, {NULL, 0}};
	static const struct ktstr_counter enough[] = {
		{"select_cpu_fallback", 3}, {"enq_skip", 1}, {NULL, 0}};
	static const struct ktstr_counter too_few[] = {{"select_cpu_fallback", 2}, {NULL, 0}};
	static const struct ktstr_counter negative[] = {{"odd", -1}, {NULL, 0}};
	static const struct ktstr_counter caps[] = {{"odd", 5}, {NULL, 0}};

	cr_assert_eq(ktstr_claim_counters(ctx, "events", events, enough), KTSTR_VERDICT_PASS);
	cr_assert_eq(ktstr_claim_counters(ctx, "events", events, too_few), KTSTR_VERDICT_FAIL);
	cr_assert_eq(ktstr_claim_counters(ctx, "events", events, NULL), KTSTR_VERDICT_FAIL);
	cr_assert_eq(ktstr_claim_counters(ctx, "events", negative, caps), KTSTR_VERDICT_FAIL);
	cr_assert_eq(ktstr_claim_counters(ctx, "events", NULL, caps), KTSTR_VERDICT_INCONCLUSIVE);
}

Test(claim, counters_are_within_their_caps_and_without_one_are_zero)
{
	run_body(counters);
	cr_assert_not_null(strstr(fake_env_lines(&f, "part"),
		"part 1 fails events enq_skip is 1, not between 0 and 0\n"));
	cr_assert_not_null(strstr(fake_env_lines(&f, "part"),
		"part 1 fails events odd is -1, not between 0 and 5\n"));
}

Test(claim, every_row_has_a_macro_and_says_when_it_holds)
{
	for (int kind = 0; kind < KTSTR_CLAIM_COUNT; kind++) {
		const struct kt_claim_info *row = kt_claim_info((enum ktstr_claim_kind)kind);
		cr_assert_eq(strncmp(row->usage, "KTSTR_CLAIM_", 12), 0);
		cr_assert_neq(row->says[0], '\0');
	}
}
