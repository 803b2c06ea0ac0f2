// SPDX-License-Identifier: GPL-2.0-only
/* Which checks run, with which limits. */
#include "report/check.h"

#include <criterion/criterion.h>

#include "unit/report/sample.h"

Test(check, nothing_is_judged_unless_asked)
{
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_PASS};

	sample_init(&o, &sample_plain);
	for (unsigned i = 0; i < SAMPLE_WORKERS; i++) {
		o.workers.items[i].work_units = 0;
		o.workers.items[i].outside = 5;
		o.workers.items[i].gap_ns = UINT64_MAX;
	}
	kt_check_run(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(v.details.count, 0);
	kt_outcome_done(&o);
}

Test(check, not_starved_turns_on_gap_and_spread_at_their_defaults)
{
	struct ktstr_checks c = kt_check_effective(&(struct ktstr_checks){.not_starved = true});

	cr_assert_eq(c.max_gap_ms, 2000);
	cr_assert_eq(c.max_spread_pct, 15);
	cr_assert_eq(c.min_iteration_rate, 0);
	cr_assert_not(c.isolation);
}

Test(check, limits_of_the_test_beat_the_defaults)
{
	struct ktstr_checks c = kt_check_effective(&(struct ktstr_checks){
		.not_starved = true, .max_gap_ms = 50, .max_spread_pct = 80});

	cr_assert_eq(c.max_gap_ms, 50);
	cr_assert_eq(c.max_spread_pct, 80);
}

Test(check, without_any_worker_the_checks_are_named_and_undecided)
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_PASS};

	test.checks.not_starved = true;
	sample_init(&o, &test);
	o.workers.count = 0;
	kt_check_run(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(
		strstr(v.details.items[0].text, "not_starved, max_gap_ms, max_spread_pct"));
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

Test(check, a_good_run_passes_every_check)
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_PASS};

	test.checks = (struct ktstr_checks){
		.not_starved = true, .isolation = true, .min_iteration_rate = 999};
	sample_init(&o, &test);
	kt_check_run(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS, "%s", v.details.count ? v.details.items[0].text : "");
	kt_outcome_done(&o);
}

Test(check, one_bad_worker_fails_its_check)
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_PASS};

	test.checks.min_iteration_rate = 1000;
	sample_init(&o, &test);
	o.workers.items[1].iterations = 1;
	kt_check_run(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, 1);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}
