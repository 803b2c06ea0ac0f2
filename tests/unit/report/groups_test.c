// SPDX-License-Identifier: GPL-2.0-only
/* Workers that are judged together. */
#include <criterion/criterion.h>

#include "report/groups.h"
#include "unit/report/sample.h"

static struct kt_outcome o;
static struct kt_verdict v;
static struct kt_groups g;

static void setup(void)
{
	sample_init(&o, &sample_plain);
	v = (struct kt_verdict){.kind = KT_VERDICT_PASS};
}

static void done(void)
{
	kt_groups_done(&g);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

TestSuite(groups, .init = setup, .fini = done);

Test(groups, one_per_work_in_the_order_of_arrival)
{
	sample_worker(&o, "left", 1);
	kt_groups_make(&o, KT_GROUPS_BY_WORK, "x", &v, &g);
	cr_assert_eq(g.count, 2);
	cr_assert_eq(g.items[0].members[0], &o.workers.items[0]);
	cr_assert_eq(g.items[0].members[1], &o.workers.items[3]);
	cr_assert_eq(g.items[0].count, 2);
	cr_assert_eq(g.items[1].members[0], &o.workers.items[1]);
	cr_assert_eq(g.items[1].count, 2);
}

Test(groups, works_of_a_cgroup_are_one_group_only_by_cgroup)
{
	o.workers.items[2].group = 1;
	kt_groups_make(&o, KT_GROUPS_BY_WORK, "x", &v, &g);
	cr_assert_eq(g.count, 3);
	kt_groups_done(&g);
	kt_groups_make(&o, KT_GROUPS_BY_CGROUP, "x", &v, &g);
	cr_assert_eq(g.count, 2);
}

Test(groups, phases_are_apart)
{
	o.workers.items[2].phase = 2;
	kt_groups_make(&o, KT_GROUPS_BY_CGROUP, "x", &v, &g);
	cr_assert_eq(g.count, 3);
}

Test(groups, who_did_not_report_is_in_none)
{
	o.workers.items[0].completed = false;
	kt_groups_make(&o, KT_GROUPS_BY_CGROUP, "x", &v, &g);
	cr_assert_eq(g.count, 1);
	cr_assert_str_eq(g.items[0].members[0]->cgroup, "right");
}
