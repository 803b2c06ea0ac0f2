// SPDX-License-Identifier: GPL-2.0-only
/* Names and sums of workers. */
#include "report/workers.h"

#include <criterion/criterion.h>

#include "unit/report/sample.h"

Test(workers, the_name_tells_the_work_only_where_there_are_several)
{
	struct kt_outcome o;
	char b[KT_WORKERS_WHERE_BYTES];

	sample_init(&o, &sample_plain);
	cr_assert_str_eq(kt_workers_where(&o, &o.workers.items[2], b), "worker 1 of right");
	o.workers.items[2].group = 1;
	cr_assert_str_eq(
		kt_workers_where(&o, &o.workers.items[2], b), "worker 1 of work 1 of right");
	cr_assert_str_eq(kt_workers_where(&o, &o.workers.items[0], b), "worker 0 of left");
	o.workers.items[0].cgroup[0] = '\0';
	cr_assert_str_eq(kt_workers_where(&o, &o.workers.items[0], b), "worker 0 of the runner");
	kt_outcome_done(&o);
}

Test(workers, sums_add_up_per_cgroup_and_keep_the_longest_gap)
{
	struct kt_outcome o;
	struct kt_workers_sum sums[2];

	sample_init(&o, &sample_plain);
	o.workers.items[1].gap_ns = 99;
	o.workers.items[2].completed = false;
	cr_assert_eq(kt_workers_sums(&o, sums, 2), 2);
	cr_assert_str_eq(sums[0].first->cgroup, "left");
	cr_assert_eq(sums[1].workers, 2);
	cr_assert_eq(sums[1].incomplete, 1);
	cr_assert_eq(sums[1].iterations, 6000);
	cr_assert_eq(sums[1].gap_ns, 12 * KT_NS_PER_MS);
	cr_assert_eq(sums[1].migrations, 4);
	kt_outcome_done(&o);
}

Test(workers, more_cgroups_than_room_are_told)
{
	struct kt_outcome o;
	struct kt_workers_sum sums[1];

	sample_init(&o, &sample_plain);
	cr_assert_eq(kt_workers_sums(&o, sums, 1), 2);
	cr_assert_eq(sums[0].workers, 1);
	kt_outcome_done(&o);
}
