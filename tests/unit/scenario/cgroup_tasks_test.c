// SPDX-License-Identifier: GPL-2.0-only
/* Where tasks are, and stopping them, on a fake mount. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/scenario/cgroups.h"

TestSuite(cgroup_tasks, .init = setup, .fini = done);

Test(cgroup_tasks, tasks_are_moved_one_by_one)
{
	const pid_t pids[] = {101, 102};
	begin(0);
	add("a");
	add("b");
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", pids, 2, NULL), 0);
	expect_file("ktstr/a/cgroup.procs", "101\n102\n");
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "b", pids + 1, 1, NULL), 0);
	expect_file("ktstr/a/cgroup.procs", "101\n");
	expect_file("ktstr/b/cgroup.procs", "102\n");
}

Test(cgroup_tasks, tasks_that_are_gone_are_counted_and_noted)
{
	const pid_t pids[] = {101, 102};
	begin(0);
	add("a");
	fail_writes("cgroup.procs", ESRCH, 1);
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", pids, 2, NULL), 0);
	expect_file("ktstr/a/cgroup.procs", "102\n");
	cr_assert_str_eq(kt_str_get(&f.notes),
		"cgroup 'a': 1 of 2 tasks had ended before they were moved into it\n");
}

Test(cgroup_tasks, a_busy_cgroup_is_tried_three_more_times)
{
	const pid_t pid = 101;
	begin(0);
	add("a");
	fail_writes("cgroup.procs", EBUSY, 3);
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &pid, 1, NULL), 0);
	cr_assert_eq(f.pauses, 3);
	expect_file("ktstr/a/cgroup.procs", "101\n");
}

Test(cgroup_tasks, a_cgroup_that_stays_busy_is_an_error_that_names_the_rule)
{
	const pid_t pid = 101;
	struct kt_err err = {0};
	begin(0);
	add("a");
	fail_writes("cgroup.procs", EBUSY, 99);
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &pid, 1, &err), -EBUSY);
	cr_assert_eq(f.pauses, 3);
	expect_err(&err, "cgroup 'a': cannot write '101'", "only the innermost");
}

Test(cgroup_tasks, the_writer_itself_is_never_moved)
{
	const pid_t zero = 0;
	begin(0);
	add("a");
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &zero, 1, NULL), -EINVAL);
	cr_assert_eq(f.writes, 0);
}

static const pid_t *procs_of(const char *name, size_t *ret_count)
{
	static pid_t *pids;
	struct kt_err err = {0};
	free(pids);
	pids = NULL;
	cr_assert_eq(kt_scenario_cgroup_read_procs(&f.g, name, &pids, ret_count, &err), 0, "%s",
		err.text);
	return pids;
}

Test(cgroup_tasks, the_processes_of_a_cgroup_are_listed)
{
	size_t count = 9;
	begin(0);
	add("a");
	cr_assert_null(procs_of("a", &count));
	cr_assert_eq(count, 0);
	fake_cgroupfs_append(&f, "ktstr/a/cgroup.procs", "7\n81\n");
	const pid_t *pids = procs_of("a", &count);
	cr_assert(count == 2 && pids[0] == 7 && pids[1] == 81);
}

Test(cgroup_tasks, moving_into_a_missing_cgroup_is_an_error)
{
	const pid_t pid = 101;
	struct kt_err err = {0};
	begin(0);
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &pid, 1, &err), -ENOENT);
	expect_err(&err, "cgroup 'a': cannot write '101'", "make the cgroup first");
}

Test(cgroup_tasks, the_processes_of_a_missing_cgroup_cannot_be_listed)
{
	pid_t *pids = NULL;
	size_t count;
	struct kt_err err = {0};
	begin(0);
	cr_assert_eq(kt_scenario_cgroup_read_procs(&f.g, "a", &pids, &count, &err), -ENOENT);
	cr_assert_null(pids);
	expect_err(&err, "cgroup 'a': list its processes", "");
}

Test(cgroup_tasks, in_a_threaded_cgroup_processes_are_found_by_their_threads)
{
	char line[32];
	size_t count;
	begin(KT_CONTROLLERS_THREADED);
	add("a");
	snprintf(line, sizeof(line), "%d\n%d\n", (int)gettid(), (int)gettid());
	fake_cgroupfs_append(&f, "ktstr/a/cgroup.threads", line);
	const pid_t *pids = procs_of("a", &count);
	cr_assert_eq(count, 1);
	cr_assert_eq(pids[0], getpid());
}

Test(cgroup_tasks, a_threaded_scenario_has_threaded_cgroups_only)
{
	begin(KT_CONTROLLERS_THREADED | BIT(cpu));
	expect_file("ktstr/cgroup.type", "threaded");
	add("a");
	add("a/b");
	expect_file("ktstr/a/cgroup.type", "threaded");
	expect_file("ktstr/a/b/cgroup.type", "threaded");
}

Test(cgroup_tasks, threads_are_moved_one_by_one_into_a_cgroup_that_becomes_threaded)
{
	const pid_t tids[] = {101, 102};
	begin(0);
	add("a");
	add("a/b");
	cr_assert_eq(kt_scenario_cgroup_move_threads(&f.g, "a/b", tids, 2, NULL), 0);
	expect_file("ktstr/cgroup.type", "threaded");
	expect_file("ktstr/a/cgroup.type", "threaded");
	expect_file("ktstr/a/b/cgroup.type", "threaded");
	expect_file("ktstr/a/b/cgroup.threads", "102");
}

Test(cgroup_tasks, a_process_of_another_kind_of_cgroup_goes_to_the_scenario_first)
{
	const pid_t tid = 101;
	begin(KT_CONTROLLERS_THREADED);
	add("a");
	fail_writes("cgroup.threads", EOPNOTSUPP, 1);
	cr_assert_eq(kt_scenario_cgroup_move_threads(&f.g, "a", &tid, 1, NULL), 0);
	expect_file("ktstr/cgroup.procs", "101\n");
	expect_file("ktstr/a/cgroup.threads", "101");
}

Test(cgroup_tasks, threads_that_cannot_be_moved_are_an_error_that_names_the_rule)
{
	const pid_t tid = 101;
	struct kt_err err = {0};
	begin(KT_CONTROLLERS_THREADED);
	add("a");
	fail_writes("cgroup.threads", EOPNOTSUPP, 9);
	cr_assert_eq(kt_scenario_cgroup_move_threads(&f.g, "a", &tid, 1, &err), -EOPNOTSUPP);
	expect_err(&err, "cgroup 'a': cannot write '101'", "threaded cgroups only");
}

Test(cgroup_tasks, what_cannot_become_threaded_says_why)
{
	const pid_t tid = 101;
	struct kt_err err = {0};
	begin(BIT(memory));
	add("a");
	fail_writes("cgroup.type", EOPNOTSUPP, 1);
	cr_assert_eq(kt_scenario_cgroup_move_threads(&f.g, "a", &tid, 1, &err), -EOPNOTSUPP);
	expect_err(&err, "cannot write 'threaded'", "memory and io knobs");
}

Test(cgroup_tasks, threads_that_are_gone_are_counted_and_noted)
{
	const pid_t tids[] = {101, 102};
	begin(KT_CONTROLLERS_THREADED);
	add("a");
	fail_writes("cgroup.threads", ESRCH, 1);
	cr_assert_eq(kt_scenario_cgroup_move_threads(&f.g, "a", tids, 2, NULL), 0);
	cr_assert_not_null(strstr(kt_str_get(&f.notes), "1 of 2 tasks had ended"));
}

Test(cgroup_tasks, controllers_for_nested_cgroups_that_are_gone_are_taken_back_before_a_move)
{
	const pid_t pid = 101;
	begin(BIT(cpu));
	add("a");
	add("a/b");
	cr_assert_eq(kt_scenario_cgroup_write(&f.g, "a/b", "cpu.weight", "5", NULL), 0);
	expect_file("ktstr/a/cgroup.subtree_control", "cpu\n");
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &pid, 1, NULL), 0);
	expect_file("ktstr/a/cgroup.subtree_control", "cpu\n");
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a/b", NULL), 0);
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &pid, 1, NULL), 0);
	expect_file("ktstr/a/cgroup.subtree_control", "");
}

static void freeze(const char *name, bool on)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_scenario_cgroup_freeze(&f.g, name, on, &err), 0, "%s", err.text);
}

Test(cgroup_tasks, freezing_and_unfreezing_again_is_fine)
{
	begin(0);
	add("a");
	freeze("a", true);
	freeze("a", true);
	expect_file("ktstr/a/cgroup.freeze", "1");
	freeze("a", false);
	freeze("a", false);
	expect_file("ktstr/a/cgroup.freeze", "0");
	cr_assert_eq(f.pauses, 0);
}

Test(cgroup_tasks, freezing_waits_for_the_last_task_and_then_notes_that_it_has_not)
{
	begin(0);
	add("a");
	f.freezes_never = true;
	freeze("a", true);
	cr_assert_eq(f.pauses, 5000);
	cr_assert_str_eq(kt_str_get(&f.notes),
		"cgroup 'a': not all of its tasks are frozen after 5000 ms\n");
}

Test(cgroup_tasks, freezing_a_missing_cgroup_is_an_error)
{
	struct kt_err err = {0};
	begin(0);
	cr_assert_eq(kt_scenario_cgroup_freeze(&f.g, "a", true, &err), -ENOENT);
	expect_err(&err, "cgroup 'a': cannot write '1'", "CONFIG_CGROUP_FREEZER");
}
