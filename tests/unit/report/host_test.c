// SPDX-License-Identifier: GPL-2.0-only
/* How much of a gap the host can have caused. */
#include "report/host.h"

#include <criterion/criterion.h>

#include "unit/report/sample.h"

static struct kt_outcome o;

static void setup(void)
{
	sample_init(&o, &sample_plain);
}

static void done(void)
{
	kt_outcome_done(&o);
}

/* Four intervals of a second each; the host took 100 ms in the first, 900 ms in the third. */
static void add_samples(void)
{
	for (unsigned i = 1; i <= 4; i++) {
		struct kt_outcome_delay_sample s = {.at_ms = 1000 * i,
			.vcpu_max_ns = (i == 1		? 100
					       : i == 3 ? 600
							: 0) *
				       KT_NS_PER_MS,
			.outer_max_ns = (i == 3 ? 300 : 0) * KT_NS_PER_MS};
		kt_outcome_add_delay(&o, &s);
	}
}

TestSuite(host, .init = setup, .fini = done);

Test(host, what_was_not_measured_explains_nothing)
{
	o.vcpu_delay.max_ns = 5000;
	cr_assert_eq(kt_host_stolen_ns(&o), 0);
	cr_assert_eq(kt_host_stolen_in_gap_ns(&o, &o.workers.items[0]), 0);
}

Test(host, the_worst_thread_of_both_hosts_counts)
{
	sample_host(&o, 300);
	o.outer_delay = (struct kt_outcome_delay){.known = true, .max_ns = 50 * KT_NS_PER_MS};
	cr_assert_eq(kt_host_stolen_ns(&o), 350 * KT_NS_PER_MS);
}

Test(host, without_intervals_all_of_it_may_fall_into_the_gap)
{
	sample_host(&o, 300);
	cr_assert_eq(kt_host_stolen_in_gap_ns(&o, &o.workers.items[0]), 300 * KT_NS_PER_MS);
}

Test(host, with_intervals_only_those_that_meet_the_gap_count)
{
	struct kt_work_result *r = &o.workers.items[0];

	sample_host(&o, 1000);
	add_samples();
	r->gap_ns = 200 * KT_NS_PER_MS;
	r->gap_at_ns = 700 * KT_NS_PER_MS;
	cr_assert_eq(kt_host_stolen_in_gap_ns(&o, r), 100 * KT_NS_PER_MS);
	r->gap_at_ns = 2600 * KT_NS_PER_MS;
	cr_assert_eq(kt_host_stolen_in_gap_ns(&o, r), 900 * KT_NS_PER_MS);
	r->gap_ns = 2500 * KT_NS_PER_MS;
	cr_assert_eq(kt_host_stolen_in_gap_ns(&o, r), 1000 * KT_NS_PER_MS);
}

Test(host, a_worker_of_an_unknown_start_gets_the_benefit_of_the_whole)
{
	struct kt_work_result *r = &o.workers.items[0];

	sample_host(&o, 1000);
	add_samples();
	r->phase = 9;
	cr_assert_eq(kt_host_stolen_in_gap_ns(&o, r), 1000 * KT_NS_PER_MS);
}

Test(host, a_run_loses_what_fell_into_its_own_time_and_never_more_than_that)
{
	struct kt_work_result *r = &o.workers.items[0];

	sample_host(&o, 1000);
	add_samples();
	r->wall_ns = 900 * KT_NS_PER_MS;
	cr_assert_eq(kt_host_stolen_from_ns(&o, r), 100 * KT_NS_PER_MS);
	r->wall_ns = 50 * KT_NS_PER_MS;
	cr_assert_eq(kt_host_stolen_from_ns(&o, r), 50 * KT_NS_PER_MS);
	r->wall_ns = 3000 * KT_NS_PER_MS;
	cr_assert_eq(kt_host_stolen_from_ns(&o, r), 1000 * KT_NS_PER_MS);
}

Test(host, an_interval_is_lost_once_however_much_both_hosts_claim)
{
	struct kt_outcome_delay_sample s = {
		.at_ms = 100, .vcpu_max_ns = 90 * KT_NS_PER_MS, .outer_max_ns = 80 * KT_NS_PER_MS};

	sample_host(&o, 1000);
	kt_outcome_add_delay(&o, &s);
	cr_assert_eq(kt_host_stolen_from_ns(&o, &o.workers.items[0]), 100 * KT_NS_PER_MS);
}

Test(host, a_clock_that_goes_back_loses_nothing)
{
	struct kt_outcome_delay_sample s = {.at_ms = 100, .vcpu_max_ns = 40 * KT_NS_PER_MS};

	sample_host(&o, 1000);
	kt_outcome_add_delay(&o, &s);
	s.at_ms = 50;
	kt_outcome_add_delay(&o, &s);
	cr_assert_eq(kt_host_stolen_from_ns(&o, &o.workers.items[0]), 40 * KT_NS_PER_MS);
}

/* The rule in plain words, slowly: what the sums and the search must agree with. */
static uint64_t slowly(uint64_t from_ms, uint64_t to_ms)
{
	uint64_t sum = 0, start_ms = 0;

	kt_vec_each(s, &o.delay_samples) {
		if (s->at_ms >= from_ms && start_ms <= to_ms)
			sum += s->vcpu_max_ns + s->outer_max_ns;
		start_ms = s->at_ms;
	}
	return sum;
}

Test(host, any_gap_gets_the_sum_of_the_intervals_it_meets)
{
	struct kt_work_result *r = &o.workers.items[0];

	sample_host(&o, 100000);
	add_samples();
	for (uint64_t at_ms = 100; at_ms <= 6000; at_ms += 100) {
		for (uint64_t gap_ms = 100; gap_ms <= at_ms; gap_ms += 100) {
			r->gap_at_ns = at_ms * KT_NS_PER_MS;
			r->gap_ns = gap_ms * KT_NS_PER_MS;
			/* The phase began at 5 ms, its workers at 20; 200 ms of skew. */
			uint64_t from_ms = KT_MAX(at_ms - gap_ms + 5, 200u) - 200;
			cr_assert_eq(
				kt_host_stolen_in_gap_ns(&o, r), slowly(from_ms, at_ms + 20 + 200));
		}
	}
}
