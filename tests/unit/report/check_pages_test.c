// SPDX-License-Identifier: GPL-2.0-only
/* min_page_locality, max_cross_node_migration_ratio and max_slow_tier_ratio. */
#include <criterion/criterion.h>

#include "report/check.h"
#include "unit/report/sample.h"

static struct kt_outcome o;
static struct kt_verdict v;

/* The two workers of right have 100 pages each, 80 and 100 of them where they belong. */
static void setup(void)
{
	sample_init(&o, &sample_plain);
	v = (struct kt_verdict){.kind = KT_VERDICT_PASS};
	for (unsigned i = 0; i < SAMPLE_WORKERS; i++) {
		struct kt_work_result *r = &o.workers.items[i];

		r->measured = i ? KT_WORK_HAS_PAGES | KT_WORK_HAS_MIGRATED : 0;
		r->pages_total = i ? 100 : 0;
		r->pages_expected = i == 1 ? 80 : r->pages_total;
		r->pages_slow = r->pages_migrated = 0;
	}
}

static void done(void)
{
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

TestSuite(check_pages, .init = setup, .fini = done);

Test(check_pages, locality_is_of_the_whole_cgroup)
{
	struct kt_check_tally tally = kt_check_min_page_locality(&o, 0.9, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(tally.judged, 1);
	cr_assert_float_eq(tally.worst, 0.9, 1e-12);
	kt_check_min_page_locality(&o, 0.91, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(v.details.items[0].text,
		"of 200 pages of the workers of right 180 are where they belong: 0.90; at least "
		"0.91 is wanted");
	cr_assert_str_eq(v.details.items[0].where, "right");
}

Test(check_pages, no_page_at_all_is_a_locality_of_zero)
{
	o.workers.items[0].measured = KT_WORK_HAS_PAGES;
	struct kt_check_tally tally = kt_check_min_page_locality(&o, 0.5, &v);

	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(tally.worst, 0);
	cr_assert_str_eq(v.details.items[0].where, "left");
}

Test(check_pages, what_was_not_measured_is_not_judged)
{
	o.workers.items[1].measured = o.workers.items[2].measured = 0;
	kt_check_min_page_locality(&o, 0.5, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_not_null(strstr(v.details.items[0].text, "nothing to judge"));
	kt_check_max_slow_tier_ratio(&o, 0.5, &v);
	kt_check_max_cross_node_migration_ratio(&o, 0.5, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(v.details.count, 3);
}

Test(check_pages, moves_of_the_machine_are_counted_once)
{
	o.workers.items[1].pages_migrated = 9;
	o.workers.items[2].pages_migrated = 10;
	struct kt_check_tally tally = kt_check_max_cross_node_migration_ratio(&o, 0.05, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_float_eq(tally.worst, 0.05, 1e-12);
	kt_check_max_cross_node_migration_ratio(&o, 0.049, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_pages, a_limit_of_zero_allows_no_move_and_no_slow_page)
{
	kt_check_max_cross_node_migration_ratio(&o, 0, &v);
	kt_check_max_slow_tier_ratio(&o, 0, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	o.workers.items[1].pages_migrated = o.workers.items[1].pages_slow = 1;
	kt_check_max_cross_node_migration_ratio(&o, 0, &v);
	kt_check_max_slow_tier_ratio(&o, 0, &v);
	cr_assert_eq(v.details.count, 2);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_pages, slow_pages_are_a_share_of_all)
{
	o.workers.items[2].pages_slow = 50;
	struct kt_check_tally tally = kt_check_max_slow_tier_ratio(&o, 0.25, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_float_eq(tally.worst, 0.25, 1e-12);
	kt_check_max_slow_tier_ratio(&o, 0.2, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_pages, ratios_without_any_page_are_undecided)
{
	for (unsigned i = 1; i < SAMPLE_WORKERS; i++)
		o.workers.items[i].pages_total = o.workers.items[i].pages_expected = 0;
	kt_check_max_slow_tier_ratio(&o, 0.2, &v);
	kt_check_max_cross_node_migration_ratio(&o, 0.2, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(v.details.count, 2);
	cr_assert_not_null(strstr(v.details.items[0].text, "nothing to divide by"));
}

Test(check_pages, a_share_beyond_one_is_refused_only_by_the_plan_and_fails_here)
{
	kt_check_min_page_locality(&o, 1.5, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}
