// SPDX-License-Identifier: GPL-2.0-only
/* not_starved, isolation and min_iteration_rate. */
#include <criterion/criterion.h>

#include "report/check.h"
#include "unit/report/sample.h"

static struct kt_outcome o;
static struct kt_verdict v;

static void setup(void)
{
	sample_init(&o, &sample_plain);
	v = (struct kt_verdict){.kind = KT_VERDICT_PASS};
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

TestSuite(check_work, .init = setup, .fini = done);

Test(check_work, a_worker_without_a_unit_of_work_is_starved)
{
	o.workers.items[0].work_units = 0;
	kt_check_not_starved(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(v.details.items[0].text, "worker 0 of left got nothing done in 3000 ms");
}

Test(check_work, one_unit_of_work_is_enough)
{
	o.workers.items[0].work_units = 1;
	kt_check_not_starved(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_work, a_worker_starved_by_the_host_is_undecided)
{
	o.workers.items[0].work_units = 0;
	sample_host(&o, 3000);
	kt_check_not_starved(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

static void time_out(struct kt_work_result *r, uint64_t work_units)
{
	r->completed = false;
	r->work_units = work_units;
	snprintf(r->exit_text, sizeof(r->exit_text), KT_WORK_TIMED_OUT);
}

Test(check_work, a_worker_that_timed_out_without_a_unit_of_work_is_starved)
{
	time_out(&o.workers.items[0], 0);
	kt_check_not_starved(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(v.details.items[0].text,
		"worker 0 of left got nothing done in 3000 ms, then timed out");
}

Test(check_work, a_worker_that_worked_and_then_timed_out_is_not_starved)
{
	time_out(&o.workers.items[0], 1);
	kt_check_not_starved(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_work, a_timed_out_worker_the_host_starved_is_undecided)
{
	time_out(&o.workers.items[0], 0);
	sample_host(&o, 3000);
	kt_check_not_starved(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(check_work, a_worker_lost_in_another_way_is_not_starved)
{
	time_out(&o.workers.items[0], 0);
	snprintf(o.workers.items[0].exit_text, KT_WORK_EXIT_BYTES, "corrupt report: bad magic");
	kt_check_not_starved(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_work, a_worker_without_time_decides_nothing)
{
	o.workers.items[0].work_units = 0;
	o.workers.items[0].wall_ns = 0;
	kt_check_not_starved(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(check_work, a_cpu_outside_the_cpuset_fails_and_names_both)
{
	struct kt_work_result *r = &o.workers.items[1];

	r->outside = 17;
	r->cpus_outside = kt_cpus_range(2, 3);
	kt_check_isolation(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.items[0].value, 17);
	cr_assert_str_eq(v.details.items[0].text,
		"worker 0 of right was seen 17 times on CPUs 2-3, outside its cpuset 0-1");
}

Test(check_work, isolation_without_a_confined_worker_is_undecided)
{
	for (unsigned i = 0; i < SAMPLE_WORKERS; i++)
		o.workers.items[i].confined = false;
	kt_check_isolation(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(check_work, one_confined_worker_is_something_to_judge)
{
	o.workers.items[0].confined = false;
	o.workers.items[1].confined = false;
	kt_check_isolation(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_work, the_rate_is_per_second_of_wall_time)
{
	kt_check_min_iteration_rate(&o, 1000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	kt_check_min_iteration_rate(&o, 1000.5, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, SAMPLE_WORKERS);
	cr_assert_eq(v.details.items[0].value, 1000);
	cr_assert_eq(v.details.items[0].bound, 1000.5);
	cr_assert_str_eq(v.details.items[0].unit, "iterations/s");
}

Test(check_work, a_rate_the_host_lowered_is_undecided)
{
	sample_host(&o, 1000);
	kt_check_min_iteration_rate(&o, 1500, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(check_work, a_rate_too_low_even_without_the_host_fails)
{
	sample_host(&o, 1000);
	kt_check_min_iteration_rate(&o, 1501, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_work, a_rate_over_no_time_is_undecided)
{
	o.workers.items[0].wall_ns = 0;
	kt_check_min_iteration_rate(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(v.details.count, 1);
}
