// SPDX-License-Identifier: GPL-2.0-only
/* What is a limit. */
#include "scenario/plan_checks.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static void expect_refused(struct ktstr_checks checks, const char *text, const char *fix)
{
	const struct ktstr_test test = {.checks = checks};
	struct kt_err err = {0};

	cr_assert_eq(kt_plan_check_limits(&test, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, text), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "%s", err.fix);
}

Test(plan_checks, numbers_above_zero_and_the_two_words_are_limits)
{
	const struct ktstr_test test = {.checks = {.not_starved = true,
						.isolation = KTSTR_LIMIT_OFF,
						.max_gap_ms = KTSTR_LIMIT_OFF,
						.max_spread_pct = 0.5,
						.max_migrations = KTSTR_LIMIT_ZERO}};
	struct kt_err err = {0};

	cr_assert_eq(kt_plan_check_limits(&test, &err), 0, "%s", err.text);
}

Test(plan_checks, a_limit_that_is_no_number_or_negative_is_refused)
{
	expect_refused((struct ktstr_checks){.max_gap_ms = NAN}, "check max_gap_ms", "finite");
	expect_refused((struct ktstr_checks){.min_work_rate = HUGE_VAL}, "min_work_rate", "finite");
	expect_refused((struct ktstr_checks){.max_spread_pct = -1}, "check max_spread_pct: -1",
		"KTSTR_LIMIT_OFF");
}

Test(plan_checks, a_flag_takes_no_limit)
{
	expect_refused((struct ktstr_checks){.isolation = 2}, "isolation: it is a flag", "true");
	expect_refused(
		(struct ktstr_checks){.not_starved = KTSTR_LIMIT_ZERO}, "it is a flag", "true");
}

Test(plan_checks, a_limit_of_zero_where_it_makes_no_sense_is_refused)
{
	expect_refused((struct ktstr_checks){.max_gap_ms = KTSTR_LIMIT_ZERO}, "missed by every run",
		"above 0");
	expect_refused((struct ktstr_checks){.min_iteration_rate = KTSTR_LIMIT_ZERO},
		"met by every run", "above 0");
}

Test(plan_checks, the_schedulers_layer_is_checked_too_and_named)
{
	const struct ktstr_checks scheduler = {.max_gap_ms = -5};
	const struct ktstr_test test = {.scheduler_checks = &scheduler};
	struct kt_err err = {0};

	cr_assert_eq(kt_plan_check_limits(&test, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, "scheduler_checks: check max_gap_ms"), "%s", err.text);
}

Test(plan_checks, a_share_beyond_one_can_not_be)
{
	expect_refused(
		(struct ktstr_checks){.min_page_locality = 90}, "beyond 1", "above 0 and up to 1");
	expect_refused((struct ktstr_checks){.max_slow_tier_ratio = 1.01}, "beyond 1",
		"up to 1, or KTSTR_LIMIT_ZERO");
}
