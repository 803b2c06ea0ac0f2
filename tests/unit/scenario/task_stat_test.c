// SPDX-License-Identifier: GPL-2.0-only
#include <criterion/criterion.h>

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "scenario/task_stat.h"

Test(task_stat, the_cpu_is_found_behind_any_name)
{
	const char *fields =
		" S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 "
		"0 0 0 0 17 5 0 0 0";
	char line[256];
	snprintf(line, sizeof(line), "7 (plain)%s", fields);
	cr_assert_eq(kt_task_cpu_of_stat(line), 5);
	snprintf(line, sizeof(line), "7 (a) b) (c)%s", fields);
	cr_assert_eq(kt_task_cpu_of_stat(line), 5);
}

Test(task_stat, a_line_that_ends_early_has_no_cpu)
{
	cr_assert_eq(kt_task_cpu_of_stat(""), -1);
	cr_assert_eq(kt_task_cpu_of_stat("7 (plain) S 1 1 1"), -1);
	cr_assert_eq(kt_task_cpu_of_stat("no brackets at all"), -1);
}

Test(task_stat, a_task_that_runs_uses_time_on_a_cpu)
{
	uint64_t before = kt_task_run_ns(getpid());
	uint64_t deadline_ns = kt_deadline_ms(60000);
	while (kt_task_run_ns(getpid()) == before && !kt_deadline_passed(deadline_ns))
		;
	cr_assert_gt(kt_task_run_ns(getpid()), before);
	cr_assert_geq(kt_task_last_cpu(getpid()), 0);
}

Test(task_stat, a_task_that_is_not_there_is_not_known)
{
	cr_assert_eq(kt_task_run_ns(0), 0);
	cr_assert_eq(kt_task_last_cpu(-1), -1);
	cr_assert_eq(kt_task_last_cpu(0x7ffffffe), -1);
}
