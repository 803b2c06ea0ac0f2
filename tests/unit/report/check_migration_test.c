// SPDX-License-Identifier: GPL-2.0-only
/* max_migrations and max_migration_ratio. */
#include <criterion/criterion.h>

#include "report/check.h"
#include "unit/report/sample.h"

static struct kt_outcome o;
static struct kt_verdict v;

/* Two migrations and 3000 iterations each. */
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

TestSuite(check_migration, .init = setup, .fini = done);

Test(check_migration, as_many_as_allowed_pass_and_one_more_fails)
{
	struct kt_check_tally tally = kt_check_max_migrations(&o, 2, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(tally.judged, 3);
	o.workers.items[0].migrations = 3;
	tally = kt_check_max_migrations(&o, 2, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(tally.worst, 3);
	cr_assert_str_eq(v.details.items[0].text,
		"worker 0 of left was moved 3 times; at most 2 migrations are allowed");
}

Test(check_migration, a_limit_of_zero_allows_none)
{
	o.workers.items[0].migrations = o.workers.items[1].migrations = 0;
	o.workers.items[2].migrations = 1;
	kt_check_max_migrations(&o, 0, &v);
	cr_assert_eq(v.details.count, 1);
	cr_assert_str_eq(v.details.items[0].where, "worker 1 of right");
}

Test(check_migration, a_busy_host_is_no_excuse_for_migrations)
{
	sample_host(&o, 2900);
	kt_check_max_migrations(&o, 1, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_migration, the_ratio_is_of_a_whole_cgroup)
{
	o.workers.items[1].migrations = 60;
	o.workers.items[2].migrations = 0;
	struct kt_check_tally tally = kt_check_max_migration_ratio(&o, 0.01, &v);

	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	cr_assert_eq(tally.judged, 2);
	cr_assert_float_eq(tally.worst, 0.01, 1e-12);
}

Test(check_migration, a_ratio_beyond_the_limit_fails_with_its_cgroup)
{
	o.workers.items[1].migrations = 61;
	o.workers.items[2].migrations = 0;
	kt_check_max_migration_ratio(&o, 0.01, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.details.count, 1);
	cr_assert_str_eq(v.details.items[0].where, "right");
	cr_assert_str_eq(v.details.items[0].text,
		"the workers of right were moved 61 times in 6000 iterations, 0.01 times per "
		"iteration; at most 0.01 migrations/iteration are allowed");
}

Test(check_migration, iterations_the_host_took_away_leave_the_ratio_undecided)
{
	o.workers.items[1].migrations = 90;
	o.workers.items[2].migrations = 0;
	sample_host(&o, 1000);
	kt_check_max_migration_ratio(&o, 0.01, &v);
	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	o.workers.items[1].migrations = 91;
	kt_check_max_migration_ratio(&o, 0.01, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}

Test(check_migration, without_iterations_the_ratio_is_undecided)
{
	o.workers.items[0].iterations = 0;
	o.workers.items[0].migrations = 0;
	struct kt_check_tally tally = kt_check_max_migration_ratio(&o, 0.01, &v);

	cr_assert_eq(v.kind, KT_VERDICT_INCONCLUSIVE);
	cr_assert_eq(tally.judged, 1);
}

Test(check_migration, a_ratio_of_zero_allows_none)
{
	for (unsigned i = 0; i < SAMPLE_WORKERS; i++)
		o.workers.items[i].migrations = 0;
	kt_check_max_migration_ratio(&o, 0, &v);
	cr_assert_eq(v.kind, KT_VERDICT_PASS);
	o.workers.items[0].migrations = 1;
	kt_check_max_migration_ratio(&o, 0, &v);
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
}
