// SPDX-License-Identifier: GPL-2.0-only
/* The cgroup files on a fake mount: controllers, cpusets, moves, removal, and what fails. */
#include "scenario/cgroup.h"

#include <criterion/criterion.h>
#include <string.h>

#include "fake/fake_cgroupfs.h"

static struct fake_cgroupfs f;

static void setup(void)
{
	fake_cgroupfs_init(&f, "cpuset cpu memory\n");
}

static void done(void)
{
	fake_cgroupfs_done(&f);
}

TestSuite(cgroup, .init = setup, .fini = done);

static void expect_file(const char *path, const char *content)
{
	const char *is = fake_cgroupfs_read(&f, path);
	cr_assert_str_eq(is, content, "%s is '%s'", path, is);
}

static void begin(bool needs_cpuset)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_scenario_cgroup_setup(&f.g, needs_cpuset, &err), 0, "%s", err.text);
}

static void add(const char *name)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_scenario_cgroup_add(&f.g, name, &err), 0, "%s", err.text);
}

static void set_cpuset(const char *name, unsigned first, unsigned last)
{
	struct kt_err err = {0};
	struct kt_cpus cpus = kt_cpus_range(first, last);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, name, &cpus, &err), 0, "%s", err.text);
}

static void expect_err(const struct kt_err *err, const char *text, const char *fix)
{
	cr_assert_not_null(strstr(err->text, text), "text is '%s'", err->text);
	cr_assert_not_null(strstr(err->fix, fix), "fix is '%s'", err->fix);
}

static void fail_writes(const char *file, int errnum, unsigned times)
{
	f.fail_file = file;
	f.fail_errno = errnum;
	f.fail_times = times;
}

Test(cgroup, without_cpusets_no_controller_is_enabled)
{
	begin(false);
	cr_assert(fake_cgroupfs_exists(&f, "ktstr"));
	expect_file("cgroup.subtree_control", "");
	cr_assert_eq(f.writes, 0);
}

Test(cgroup, cpuset_and_nothing_else_is_enabled_down_to_the_scenario)
{
	begin(true);
	expect_file("cgroup.subtree_control", "cpuset\n");
	expect_file("ktstr/cgroup.subtree_control", "cpuset\n");
}

Test(cgroup, a_setup_that_finds_its_folder_goes_on)
{
	begin(true);
	unsigned writes = f.writes;
	begin(true);
	cr_assert_eq(f.writes, writes);
}

Test(cgroup, a_mount_without_cpuset_is_an_error_with_its_remedy)
{
	struct kt_err err = {0};
	fake_cgroupfs_done(&f);
	fake_cgroupfs_init(&f, "cpu memory\n");
	cr_assert_eq(kt_scenario_cgroup_setup(&f.g, true, &err), -ENOTSUP);
	expect_err(&err, "offers no controller cpuset", "CONFIG_CPUSETS");
}

Test(cgroup, a_cgroup_is_a_folder_with_a_cpuset)
{
	begin(true);
	add("a");
	set_cpuset("a", 2, 5);
	expect_file("ktstr/a/cpuset.cpus", "2-5");
}

Test(cgroup, a_cgroup_that_exists_cannot_be_added)
{
	struct kt_err err = {0};
	begin(false);
	add("a");
	cr_assert_eq(kt_scenario_cgroup_add(&f.g, "a", &err), -EEXIST);
	expect_err(&err, "cgroup 'a': cannot make", "earlier run");
}

Test(cgroup, a_nested_cgroup_needs_its_parent)
{
	struct kt_err err = {0};
	begin(false);
	cr_assert_eq(kt_scenario_cgroup_add(&f.g, "a/b", &err), -ENOENT);
	expect_err(&err, "cgroup 'a/b'", "parent");
}

Test(cgroup, a_nested_cpuset_enables_the_controller_in_the_cgroups_above)
{
	begin(true);
	add("a");
	add("a/b");
	add("a/b/c");
	expect_file("ktstr/a/cgroup.subtree_control", "");
	set_cpuset("a/b/c", 0, 0);
	expect_file("ktstr/a/cgroup.subtree_control", "cpuset\n");
	expect_file("ktstr/a/b/cgroup.subtree_control", "cpuset\n");
	expect_file("ktstr/a/b/c/cpuset.cpus", "0");
}

Test(cgroup, clearing_writes_an_empty_line)
{
	begin(true);
	add("a");
	set_cpuset("a", 2, 5);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a", NULL, NULL), 0);
	expect_file("ktstr/a/cpuset.cpus", "\n");
}

Test(cgroup, clearing_a_cgroup_with_tasks_gives_it_its_parents_cpus)
{
	begin(true);
	add("a");
	set_cpuset("a", 2, 2);
	fake_cgroupfs_append(&f, "ktstr/cpuset.cpus.effective", "0-3\n");
	f.fail_file = "cpuset.cpus";
	f.fail_value = "\n";
	f.fail_errno = ENOSPC;
	f.fail_times = 1;
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a", NULL, NULL), 0);
	expect_file("ktstr/a/cpuset.cpus", "0-3\n");
}

Test(cgroup, clearing_a_nested_cgroup_that_never_had_a_cpuset_does_nothing)
{
	begin(true);
	add("a");
	add("a/b");
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a/b", NULL, NULL), 0);
	expect_file("ktstr/a/b/cpuset.cpus", "(missing)");
}

Test(cgroup, clearing_a_missing_cgroup_is_an_error)
{
	struct kt_err err = {0};
	begin(true);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a", NULL, &err), -ENOENT);
	expect_err(&err, "cgroup 'a'", "controller cpuset");
}

Test(cgroup, an_error_names_cgroup_file_value_and_controller)
{
	struct kt_err err = {0};
	struct kt_cpus cpus = kt_cpus_range(0, 3);
	begin(true);
	add("a");
	fail_writes("cpuset.cpus", EINVAL, 9);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a", &cpus, &err), -EINVAL);
	expect_err(&err, "cgroup 'a': cannot write '0-3' to ", "cpuset");
	expect_err(&err, "/ktstr/a/cpuset.cpus: Invalid argument", "cgroup.subtree_control");
}

Test(cgroup, tasks_are_moved_one_by_one)
{
	const pid_t pids[] = {101, 102};
	begin(false);
	add("a");
	add("b");
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", pids, 2, NULL), 0);
	expect_file("ktstr/a/cgroup.procs", "101\n102\n");
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "b", pids + 1, 1, NULL), 0);
	expect_file("ktstr/a/cgroup.procs", "101\n");
	expect_file("ktstr/b/cgroup.procs", "102\n");
}

Test(cgroup, tasks_that_are_gone_are_counted_and_noted)
{
	const pid_t pids[] = {101, 102};
	begin(false);
	add("a");
	fail_writes("cgroup.procs", ESRCH, 1);
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", pids, 2, NULL), 0);
	expect_file("ktstr/a/cgroup.procs", "102\n");
	cr_assert_str_eq(kt_str_get(&f.notes),
		"cgroup 'a': 1 of 2 tasks had ended before they were moved into it\n");
}

Test(cgroup, a_busy_cgroup_is_tried_three_more_times)
{
	const pid_t pid = 101;
	begin(false);
	add("a");
	fail_writes("cgroup.procs", EBUSY, 3);
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &pid, 1, NULL), 0);
	cr_assert_eq(f.pauses, 3);
	expect_file("ktstr/a/cgroup.procs", "101\n");
}

Test(cgroup, a_cgroup_that_stays_busy_is_an_error_that_names_the_rule)
{
	const pid_t pid = 101;
	struct kt_err err = {0};
	begin(false);
	add("a");
	fail_writes("cgroup.procs", EBUSY, 99);
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &pid, 1, &err), -EBUSY);
	cr_assert_eq(f.pauses, 3);
	expect_err(&err, "cgroup 'a': cannot write '101'", "only the innermost");
}

Test(cgroup, the_writer_itself_is_never_moved)
{
	const pid_t zero = 0;
	begin(false);
	add("a");
	cr_assert_eq(kt_scenario_cgroup_move(&f.g, "a", &zero, 1, NULL), -EINVAL);
	cr_assert_eq(f.writes, 0);
}

Test(cgroup, removing_sends_leftover_tasks_to_the_root_first)
{
	begin(false);
	add("a");
	fake_cgroupfs_append(&f, "ktstr/a/cgroup.procs", "7\n8\n");
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
	cr_assert_not(fake_cgroupfs_exists(&f, "ktstr/a"));
	expect_file("cgroup.procs", "7\n8\n");
	cr_assert_str_eq(kt_str_get(&f.notes),
		"cgroup 'a': 2 tasks were still in it and went to the root\n");
}

Test(cgroup, removing_what_is_missing_is_fine)
{
	begin(false);
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
}

Test(cgroup, a_task_that_ends_while_it_is_drained_is_fine)
{
	begin(false);
	add("a");
	fake_cgroupfs_append(&f, "ktstr/a/cgroup.procs", "7\n");
	fail_writes("cgroup.procs", ESRCH, 1);
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
}

Test(cgroup, a_cgroup_with_nested_ones_stays_and_says_why)
{
	struct kt_err err = {0};
	begin(false);
	add("a");
	add("a/b");
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", &err), -EBUSY);
	expect_err(&err, "cgroup 'a': cannot remove", "nested cgroups");
	cr_assert(fake_cgroupfs_exists(&f, "ktstr/a"));
}

Test(cgroup, teardown_removes_the_folder_of_the_scenario)
{
	begin(true);
	add("a");
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
	cr_assert_eq(kt_scenario_cgroup_teardown(&f.g, NULL), 0);
	cr_assert_not(fake_cgroupfs_exists(&f, "ktstr"));
	cr_assert_eq(kt_scenario_cgroup_teardown(&f.g, NULL), 0);
}
