// SPDX-License-Identifier: GPL-2.0-only
/* Teams of several classes, with classes that everybody may have. */
#include <sys/resource.h>

#include "unit/work/team_run.h"

Test(kind_class, asymmetric_waker_gives_each_its_class)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_asymmetric_waker,
		.asymmetric_waker = {
			.waker_class = KTSTR_CLASS_batch, .wakee_class = KTSTR_CLASS_idle}});
	until(all_reached(w, 1));
	cr_expect_eq(sched_getscheduler(w->pids[0]), SCHED_BATCH);
	cr_expect_eq(sched_getscheduler(w->pids[1]), SCHED_IDLE);
	struct team_run run = finish(w);
	cr_expect_eq(run.r[0].wakes, 0, "the waker never waits");
}

Test(kind_class, teams_are_sums_of_their_roles)
{
	struct ktstr_work rt = {.kind = KTSTR_WORK_rt_starvation,
		.rt_starvation = {.rt_workers = 2, .cfs_workers = 3}};
	cr_expect_eq(kt_work_workers(&rt), 5);
	struct ktstr_work storm = {
		.kind = KTSTR_WORK_preempt_storm, .preempt_storm = {.cfs_workers = 4}};
	cr_expect_eq(kt_work_workers(&storm), 5);
	struct kt_err err = {0};
	rt.rt_starvation.prio = 100;
	cr_expect_eq(kt_work_check(&rt, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "prio is 100"), "%s", err.text);
}
