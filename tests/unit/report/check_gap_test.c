// SPDX-License-Identifier: GPL-2.0-only
/* max_gap_ms, with and without a host that stole time. */
#include <criterion/criterion.h>

#include "report/check.h"
#include "unit/report/sample.h"

static struct kt_outcome o;
static struct kt_verdict v;

static void setup(void)
{
	sample_init(&o, &sample_plain);
	v = (struct kt_verdict){.kind = KT_VERDICT_PASS};
	o.workers.items[2].gap_ns = 2731 * KT_NS_PER_MS;
	o.workers.items[2].gap_at_ns = 2900 * KT_NS_PER_MS;
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

TestSuite(check_gap, .init = setup, .fini = done);

Test(check_gap, a_gap_at_the_limit_passes)
{
	kt_check_max_gap_ms(&o, 2731, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_gap, a_gap_beyond_the_limit_fails_with_worker_value_and_bound)
{
	kt_check_max_gap_ms(&o, 2000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, 1);
	const struct kt_verdict_detail *d = &v.details.items[0];
	cr_assert_str_eq(d->name, "max_gap_ms");
	cr_assert_str_eq(d->where, "worker 1 of right");
	cr_assert_eq(d->value, 2731);
	cr_assert_eq(d->bound, 2000);
	cr_assert_eq(d->phase, 1);
	cr_assert_str_eq(d->text, "worker 1 of right got nothing done for 2731 ms, on CPU 1 until "
				  "2.9 s after its start; at most 2000 ms are allowed");
	cr_assert_neq(d->fix[0], '\0');
}

Test(check_gap, a_gap_the_host_can_explain_is_undecided_and_says_how_much)
{
	sample_host(&o, 731);
	kt_check_max_gap_ms(&o, 2000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(v.details.items[0].text, "the host may have taken up to 731 ms"));
}

Test(check_gap, a_gap_longer_than_the_host_can_explain_fails)
{
	sample_host(&o, 730);
	kt_check_max_gap_ms(&o, 2000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_not_null(
		strstr(v.details.items[0].text, "the host explains no more than 730 ms"));
}

Test(check_gap, the_outer_host_counts_too)
{
	sample_host(&o, 400);
	o.outer_delay = (struct kt_outcome_delay){.known = true, .max_ns = 400 * KT_NS_PER_MS};
	kt_check_max_gap_ms(&o, 2000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
}

Test(check_gap, a_worker_that_did_not_report_has_no_gap)
{
	o.workers.items[2].completed = false;
	kt_check_max_gap_ms(&o, 2000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
}

Test(check_gap, the_gap_of_a_worker_that_timed_out_fails_and_says_so)
{
	o.workers.items[2].completed = false;
	snprintf(o.workers.items[2].exit_text, KT_WORK_EXIT_BYTES, KT_WORK_TIMED_OUT);
	kt_check_max_gap_ms(&o, 2000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.items[0].value, 2731);
	cr_assert_str_eq(v.details.items[0].text,
		"worker 1 of right got nothing done for 2731 ms until the stop, then timed out; "
		"at most 2000 ms are allowed");
}

Test(check_gap, a_timed_out_worker_the_host_explains_is_undecided)
{
	o.workers.items[2].completed = false;
	snprintf(o.workers.items[2].exit_text, KT_WORK_EXIT_BYTES, KT_WORK_TIMED_OUT);
	sample_host(&o, 731);
	kt_check_max_gap_ms(&o, 2000, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(v.details.items[0].text, "2731 ms, then timed out"));
}

Test(check_gap, a_limit_that_is_no_number_never_passes)
{
	kt_check_max_gap_ms(&o, (double)__builtin_nan(""), &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}
