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
	kt_verdict_done(&v);
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

static const struct kt_verdict_check *find(const struct kt_verdict *v, const char *name)
{
	kt_vec_each(c, &v->checks)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

Test(check, each_check_says_how_much_it_judged_and_the_worst_of_it)
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_PASS};

	test.checks = (struct ktstr_checks){.not_starved = true, .min_work_units = 2999};
	sample_init(&o, &test);
	o.workers.items[2].gap_ns = 13 * KT_NS_PER_MS;
	o.workers.items[0].work_units = 2998;
	kt_check_run(&o, &v);
	cr_assert_eq(v.checks.count, 4);
	const struct kt_verdict_check *gap = find(&v, "max_gap_ms"),
				      *units = find(&v, "min_work_units");
	cr_assert_eq(gap->judged, 3);
	cr_assert_eq(gap->worst, 13);
	cr_assert_eq(gap->limit, 2000);
	cr_assert_str_eq(gap->layer, "default");
	cr_assert_eq(gap->kind, KT_VERDICT_PASS);
	cr_assert_eq(units->worst, 2998);
	cr_assert_eq(units->kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(units->layer, "test");
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

Test(check, a_check_that_judged_nothing_is_in_the_list_too)
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_PASS};

	test.checks.max_p99_wake_latency_ns = 1000;
	sample_init(&o, &test);
	kt_check_run(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(v.checks.count, 1);
	cr_assert_eq(v.checks.items[0].judged, 0);
	cr_assert_eq(v.checks.items[0].kind, KT_VERDICT_INCONCLUSIVE);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

Test(check, a_pass_of_one_check_does_not_hide_what_failed_before)
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_FAIL};

	test.checks.isolation = true;
	sample_init(&o, &test);
	kt_check_run(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.checks.items[0].kind, KT_VERDICT_PASS);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

Test(check, the_limits_of_a_slow_kernel_are_wider)
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_PASS};

	test.checks.not_starved = true;
	sample_init(&o, &test);
	o.workers.items[2].gap_ns = 2500 * KT_NS_PER_MS;
	o.kernel_slowness = 4;
	kt_check_run(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	kt_verdict_done(&v);
	o.kernel_slowness = 1;
	v.kind = KT_VERDICT_PASS;
	kt_check_run(&o, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}
