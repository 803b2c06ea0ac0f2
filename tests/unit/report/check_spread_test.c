// SPDX-License-Identifier: GPL-2.0-only
/* max_spread_pct. */
#include <criterion/criterion.h>

#include "report/check.h"
#include "unit/report/sample.h"

static struct kt_outcome o;
static struct kt_verdict v;

/* Worker 0 of right is off the CPU for 10 %, worker 1 for 50 % of the time. */
static void setup(void)
{
	sample_init(&o, &sample_plain);
	v = (struct kt_verdict){.kind = KT_VERDICT_PASS};
	o.workers.items[1].cpu_ns = 2700 * KT_NS_PER_MS;
	o.workers.items[2].cpu_ns = 1500 * KT_NS_PER_MS;
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

TestSuite(check_spread, .init = setup, .fini = done);

Test(check_spread, the_difference_of_off_cpu_time_is_judged_once_per_work)
{
	kt_check_max_spread_pct(&o, 15, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, 1);
	cr_assert_float_eq(v.details.items[0].value, 40, 0.001);
	cr_assert_str_eq(v.details.items[0].where, "right");
	cr_assert_str_eq(v.details.items[0].text,
		"the workers of right were off the CPU for 10 % (worker 0) to 50 % (worker 1) of "
		"the time, a difference of 40; at most 15 is allowed");
}

Test(check_spread, within_the_limit_passes)
{
	kt_check_max_spread_pct(&o, 40.5, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_spread, workers_of_other_works_and_phases_are_not_compared)
{
	o.workers.items[2].group = 1;
	kt_check_max_spread_pct(&o, 15, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	o.workers.items[2].group = 0;
	o.workers.items[2].phase = 2;
	kt_check_max_spread_pct(&o, 15, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_spread, a_spread_the_host_can_explain_is_undecided)
{
	sample_host(&o, 800); /* 26.7 % of three seconds */
	kt_check_max_spread_pct(&o, 15, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(v.details.items[0].text, "up to 800 ms"));
}

Test(check_spread, a_worker_without_time_is_undecided_and_the_others_are_judged)
{
	sample_worker(&o, "right", 2);
	o.workers.items[3].wall_ns = 0;
	kt_check_max_spread_pct(&o, 45, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	kt_check_max_spread_pct(&o, 15, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_spread, more_cpu_than_wall_time_counts_as_never_off)
{
	o.workers.items[1].cpu_ns = 3100 * KT_NS_PER_MS;
	kt_check_max_spread_pct(&o, 15, &v);
	cr_assert_float_eq(v.details.items[0].value, 50, 0.001);
}

Test(check_spread, workers_that_did_not_report_are_left_out)
{
	o.workers.items[1].completed = false;
	kt_check_max_spread_pct(&o, 15, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_spread, works_whose_workers_arrive_mixed_are_told_in_the_order_they_began)
{
	sample_worker(&o, "left", 1);
	o.workers.items[3].cpu_ns = 0;
	kt_check_max_spread_pct(&o, 15, &v);
	cr_assert_eq(v.details.count, 2);
	cr_assert_str_eq(v.details.items[0].where, "left");
	cr_assert_str_eq(v.details.items[1].where, "right");
}
