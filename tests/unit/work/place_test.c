// SPDX-License-Identifier: GPL-2.0-only
/* Class, affinity and cgroup of the calling thread. */
#include <sys/resource.h>

#include "unit/work/signature.h"
#include "work/place.h"

Test(place, a_class_is_the_kernels_policy)
{
	cr_expect_eq(kt_worker_class_try(KTSTR_CLASS_batch, 0), 0);
	cr_expect_eq(sched_getscheduler(0), SCHED_BATCH);
	cr_expect_eq(kt_worker_class_try(KTSTR_CLASS_cfs, 0), 0);
	cr_expect_eq(sched_getscheduler(0), SCHED_OTHER);
	cr_expect_eq(kt_worker_class_try(KTSTR_CLASS_idle, 0), 0);
	cr_expect_eq(sched_getscheduler(0), SCHED_IDLE);
}

Test(place, what_is_not_permitted_is_noted)
{
	struct kt_work_slot slot = {0};
	struct kt_worker w = {.slot = &slot};
	drop_precedence();
	cr_expect_eq(kt_worker_class_try(KTSTR_CLASS_rt, 1), -EPERM);
	kt_worker_class(&w, KTSTR_CLASS_rt, 1);
	cr_expect_not_null(strstr(slot.note, "class rt was refused"), "%s", slot.note);
	cr_expect_eq(sched_getscheduler(0), SCHED_OTHER);
}

Test(place, a_class_keeps_the_nice_value)
{
	drop_precedence();
	/* Up from what it is: without privileges there is no way down. */
	int nice_value = KT_MIN(getpriority(PRIO_PROCESS, 0) + 3, 19);
	cr_assert_eq(setpriority(PRIO_PROCESS, 0, nice_value), 0);
	cr_expect_eq(kt_worker_class_try(KTSTR_CLASS_batch, 0), 0);
	cr_expect_eq(getpriority(PRIO_PROCESS, 0), nice_value);
}

Test(place, confining_needs_a_thread_and_cpus_it_may_use)
{
	cpu_set_t mine;
	struct kt_cpus none = {0}, one = {0};
	cr_assert_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	unsigned cpu = 0;
	while (!CPU_ISSET(cpu, &mine))
		cpu++;
	kt_cpus_add(&one, cpu);
	cr_expect_eq(kt_worker_confine(-1, &one), -EINVAL);
	cr_expect_eq(kt_worker_confine(0, &none), -EINVAL);
	cr_expect_eq(kt_worker_confine(0, &one), 0);
	cr_assert_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	cr_expect_eq(CPU_COUNT(&mine), 1);
}

Test(place, the_cgroup_folder_must_fit)
{
	char little[4], dir[512];
	cr_expect_not(kt_worker_cgroup_dir(little, sizeof(little)));
	if (!kt_worker_cgroup_dir(dir, sizeof(dir)))
		cr_skip("no cgroup v2 here");
	cr_expect_eq(strncmp(dir, "/sys/fs/cgroup/", 15), 0, "%s", dir);
}
