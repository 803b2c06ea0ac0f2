// SPDX-License-Identifier: GPL-2.0-only
/* Quantiles of latencies, with and without a host that stole time. */
#include <criterion/criterion.h>

#include "report/check.h"
#include "unit/report/sample.h"

static struct kt_outcome o;
static struct kt_verdict v;

/* One worker that woke 1000 times: ten samples lie at 5 ms or later. */
static void setup(void)
{
	sample_init(&o, &sample_plain);
	v = (struct kt_verdict){.kind = KT_VERDICT_PASS};
	o.workers.items[1].wakes = 1000;
	o.workers.items[1].wake_p99_ns = 5 * KT_NS_PER_MS;
	o.workers.items[1].wake_max_ns = 9 * KT_NS_PER_MS;
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

TestSuite(check_latency, .init = setup, .fini = done);

Test(check_latency, a_wake_latency_at_the_limit_passes)
{
	struct kt_check_tally tally = kt_check_max_p99_wake_latency_ns(&o, 5e6, &v);

	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(tally.judged, 1);
	cr_assert_eq(tally.worst, 5e6);
}

Test(check_latency, a_wake_latency_beyond_the_limit_fails_with_worker_value_and_bound)
{
	kt_check_max_p99_wake_latency_ns(&o, 4e6, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(v.details.items[0].text,
		"worker 0 of right woke late by up to 5.0 ms, 99 of "
		"100 times (1000 wake-ups); at most "
		"4000000 ns are allowed");
	cr_assert_eq(v.details.items[0].value, 5e6);
	cr_assert_eq(v.details.items[0].bound, 4e6);
}

Test(check_latency, a_pass_is_sound_however_busy_the_host)
{
	sample_host(&o, 2999);
	kt_check_max_p99_wake_latency_ns(&o, 5e6, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

/* Ten samples, 1 ms each. */
Test(check_latency, the_host_must_have_taken_the_excess_of_every_late_sample)
{
	sample_host(&o, 9);
	kt_check_max_p99_wake_latency_ns(&o, 4e6, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	v.kind = KT_VERDICT_PASS;
	sample_host(&o, 10);
	kt_check_max_p99_wake_latency_ns(&o, 4e6, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(check_latency, of_few_samples_one_can_be_the_quantile)
{
	o.workers.items[1].wakes = 20;
	sample_host(&o, 1);
	kt_check_max_p99_wake_latency_ns(&o, 4e6, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(check_latency, without_wake_ups_there_is_nothing_to_judge)
{
	o.workers.items[1].wakes = 0;
	struct kt_check_tally tally = kt_check_max_p99_wake_latency_ns(&o, 4e6, &v);

	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(tally.judged, 0);
	cr_assert_not_null(strstr(v.details.items[0].fix, "bursty"));
}

static void set_costs(uint64_t p99_ns)
{
	o.workers.items[0].costs = 300;
	o.workers.items[0].cost_p99_ns = p99_ns;
}

Test(check_latency, an_iteration_cost_at_the_limit_passes_and_beyond_fails)
{
	set_costs(900);
	struct kt_check_tally tally = kt_check_max_p99_iteration_cost_ns(&o, 900, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(tally.judged, 1);
	kt_check_max_p99_iteration_cost_ns(&o, 899, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(v.details.items[0].text,
		"worker 0 of left needed for an iteration up to 900 ns, 99 of 100 times (300 "
		"iterations); at most 899 ns are allowed");
}

Test(check_latency, an_iteration_cost_the_host_can_explain_is_undecided)
{
	set_costs(2 * KT_NS_PER_MS);
	sample_host(&o, 3);
	kt_check_max_p99_iteration_cost_ns(&o, 1e6, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	v.kind = KT_VERDICT_PASS;
	sample_host(&o, 2);
	kt_check_max_p99_iteration_cost_ns(&o, 1e6, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_latency, without_timed_iterations_there_is_nothing_to_judge)
{
	kt_check_max_p99_iteration_cost_ns(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(v.details.items[0].fix, "only computes"));
}

static void set_wakes(uint64_t mean_ns, uint64_t sd_ns)
{
	o.workers.items[1].wake_mean_ns = mean_ns;
	o.workers.items[1].wake_sd_ns = sd_ns;
}

Test(check_latency, wake_latencies_vary_by_deviation_over_mean)
{
	set_wakes(KT_NS_PER_MS, 2 * KT_NS_PER_MS);
	struct kt_check_tally tally = kt_check_max_wake_latency_cv(&o, 2, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(tally.judged, 1);
	cr_assert_eq(tally.worst, 2);
	kt_check_max_wake_latency_cv(&o, 1.9, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(v.details.items[0].text, "the 1000 wake latencies of worker 0 of right "
						  "vary by 2 (standard deviation / mean); "
						  "at most 1.9 is allowed");
}

/* 4 - 2 * 9 * 100 / 1000 is 2.2, of which the root is 1.48. */
Test(check_latency, a_variation_the_host_can_explain_is_undecided)
{
	set_wakes(KT_NS_PER_MS, 2 * KT_NS_PER_MS);
	sample_host(&o, 100);
	kt_check_max_wake_latency_cv(&o, 1.49, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	v.kind = KT_VERDICT_PASS;
	kt_check_max_wake_latency_cv(&o, 1.48, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_latency, a_mean_of_zero_has_no_variation)
{
	set_wakes(0, 0);
	struct kt_check_tally tally = kt_check_max_wake_latency_cv(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(v.details.count, 1);
	cr_assert_eq(tally.judged, 0);
}

Test(check_latency, one_wake_up_has_no_variation)
{
	set_wakes(KT_NS_PER_MS, 0);
	o.workers.items[1].wakes = 1;
	kt_check_max_wake_latency_cv(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(v.details.items[0].text, "nothing to judge"));
}
