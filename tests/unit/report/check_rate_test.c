// SPDX-License-Identifier: GPL-2.0-only
/* min_work_rate, min_work_units and max_throughput_cv. */
#include <criterion/criterion.h>

#include "report/check.h"
#include "unit/report/sample.h"

static struct kt_outcome o;
static struct kt_verdict v;

/* 3000 units in 3 s of CPU time each: 1000/s. */
static void setup(void)
{
	sample_init(&o, &sample_plain);
	v = (struct kt_verdict){.kind = KT_VERDICT_PASS};
	for (unsigned i = 0; i < SAMPLE_WORKERS; i++)
		o.workers.items[i].cpu_ns = 3 * KT_NS_PER_S;
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

TestSuite(check_rate, .init = setup, .fini = done);

Test(check_rate, a_work_rate_at_the_limit_passes_and_is_noted)
{
	struct kt_check_tally tally = kt_check_min_work_rate(&o, 1000, &v);

	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(tally.judged, 3);
	cr_assert_eq(tally.worst, 1000);
}

Test(check_rate, a_work_rate_is_of_cpu_time_not_of_wall_time)
{
	o.workers.items[1].cpu_ns = KT_NS_PER_S;
	o.workers.items[2].work_units = 1500;
	struct kt_check_tally tally = kt_check_min_work_rate(&o, 1000, &v);

	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, 1);
	cr_assert_eq(tally.worst, 500);
	cr_assert_str_eq(v.details.items[0].text,
		"worker 1 of right made 500 work units per second of CPU time; at least 1000 work "
		"units/s are wanted");
	cr_assert_eq(v.details.items[0].bound, 1000);
}

Test(check_rate, a_work_rate_the_host_can_explain_is_undecided)
{
	o.workers.items[2].work_units = 1500;
	sample_host(&o, 1500);
	kt_check_min_work_rate(&o, 1000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(v.details.items[0].text, "up to 1500 ms"));
}

Test(check_rate, a_work_rate_the_host_cannot_explain_fails_and_says_so)
{
	o.workers.items[2].work_units = 1500;
	sample_host(&o, 1499);
	kt_check_min_work_rate(&o, 1000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_not_null(strstr(v.details.items[0].text, "cannot explain it: 1499 ms"));
}

Test(check_rate, without_cpu_time_a_work_rate_is_undecided)
{
	o.workers.items[0].cpu_ns = 0;
	struct kt_check_tally tally = kt_check_min_work_rate(&o, 1000, &v);

	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(tally.judged, 2);
}

Test(check_rate, a_limit_that_is_no_number_never_passes)
{
	kt_check_min_work_rate(&o, (double)__builtin_nan(""), &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_rate, work_units_at_the_limit_pass_and_one_less_fails)
{
	struct kt_check_tally tally = kt_check_min_work_units(&o, 3000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(tally.judged, 3);
	o.workers.items[1].work_units = 2999;
	tally = kt_check_min_work_units(&o, 3000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(tally.worst, 2999);
}

Test(check_rate, work_units_the_host_can_explain_are_undecided)
{
	o.workers.items[1].work_units = 2000;
	sample_host(&o, 1000);
	kt_check_min_work_units(&o, 3000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	kt_check_min_work_units(&o, 3001, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_rate, throughput_varies_by_deviation_over_mean)
{
	o.workers.items[1].work_units = 1500;
	o.workers.items[2].work_units = 4500;
	struct kt_check_tally tally = kt_check_max_throughput_cv(&o, 0.4, &v);

	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(tally.judged, 1);
	cr_assert_float_eq(tally.worst, 0.5, 1e-9);
	cr_assert_str_eq(v.details.items[0].text,
		"the throughput of the 2 workers of right varies by 0.50 (standard deviation / "
		"mean); at most 0.40 is allowed");
	cr_assert_str_eq(v.details.items[0].where, "right");
}

Test(check_rate, a_throughput_within_the_limit_passes)
{
	o.workers.items[1].work_units = 1500;
	o.workers.items[2].work_units = 4500;
	kt_check_max_throughput_cv(&o, 0.51, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

/* 500/s and 1500/s; without 2 s the host took: up to 1500/s for the slow one. */
Test(check_rate, a_throughput_the_host_can_explain_is_undecided)
{
	o.workers.items[1].work_units = 1500;
	o.workers.items[2].work_units = 4500;
	sample_host(&o, 2000);
	kt_check_max_throughput_cv(&o, 0.001, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

/* At best 750/s and 1500/s: a deviation of 375 and a mean of 1125. */
Test(check_rate, a_throughput_the_host_explains_in_part_fails_beyond_that_part)
{
	o.workers.items[1].work_units = 1500;
	o.workers.items[2].work_units = 4500;
	sample_host(&o, 1000);
	kt_check_max_throughput_cv(&o, 0.33, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	v.kind = KT_VERDICT_PASS;
	kt_check_max_throughput_cv(&o, 0.34, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(check_rate, a_throughput_of_zero_is_undecided)
{
	o.workers.items[1].work_units = o.workers.items[2].work_units = 0;
	kt_check_max_throughput_cv(&o, 0.5, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(v.details.items[0].text, "got nothing done"));
}

Test(check_rate, a_worker_without_cpu_time_leaves_its_work_undecided)
{
	o.workers.items[1].cpu_ns = 0;
	kt_check_max_throughput_cv(&o, 0.5, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(v.details.count, 1);
}

Test(check_rate, without_two_workers_there_is_nothing_to_compare)
{
	o.workers.items[2].completed = false;
	struct kt_check_tally tally = kt_check_max_throughput_cv(&o, 0.5, &v);

	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(tally.judged, 0);
	cr_assert_not_null(strstr(v.details.items[0].text, "no work has two workers"));
}
