// SPDX-License-Identifier: GPL-2.0-only
/* The folders on a fake mount: made, removed, and what fails. */
#include <unistd.h>

#include "base/mem.h"
#include "unit/scenario/cgroups.h"

TestSuite(cgroup, .init = setup, .fini = done);

Test(cgroup, without_cpusets_no_controller_is_enabled)
{
	begin(0);
	cr_assert(fake_cgroupfs_exists(&f, "ktstr"));
	expect_file("cgroup.subtree_control", "");
	cr_assert_eq(f.writes, 0);
}

Test(cgroup, a_setup_that_finds_its_folder_goes_on)
{
	begin(BIT(cpuset));
	unsigned writes = f.writes;
	begin(BIT(cpuset));
	cr_assert_eq(f.writes, writes);
}

Test(cgroup, a_cgroup_that_exists_cannot_be_added)
{
	struct kt_err err = {0};
	begin(0);
	add("a");
	cr_assert_eq(kt_scenario_cgroup_add(&f.g, "a", &err), -EEXIST);
	expect_err(&err, "cgroup 'a': cannot make", "earlier run");
}

Test(cgroup, a_nested_cgroup_needs_its_parent)
{
	struct kt_err err = {0};
	begin(0);
	cr_assert_eq(kt_scenario_cgroup_add(&f.g, "a/b", &err), -ENOENT);
	expect_err(&err, "cgroup 'a/b'", "parent");
}

Test(cgroup, leftover_tasks_can_go_elsewhere_than_the_root)
{
	begin(0);
	add("a");
	KT_AUTOFREE char *own = kt_strf("%s/own", f.dir);
	cr_assert_eq(f.io.make_dir(&f, own), 0);
	f.g.spill = "own";
	fake_cgroupfs_append(&f, "ktstr/a/cgroup.procs", "7\n");
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
	expect_file("own/cgroup.procs", "7\n");
	expect_file("cgroup.procs", "");
	cr_assert_str_eq(
		kt_str_get(&f.notes), "cgroup 'a': 1 tasks were still in it and went to own\n");
}

Test(cgroup, removing_sends_leftover_tasks_to_the_root_first)
{
	begin(0);
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
	begin(0);
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
}

Test(cgroup, a_task_that_ends_while_it_is_drained_is_fine)
{
	begin(0);
	add("a");
	fake_cgroupfs_append(&f, "ktstr/a/cgroup.procs", "7\n");
	fail_writes("cgroup.procs", ESRCH, 1);
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
}

Test(cgroup, a_cgroup_with_nested_ones_stays_and_says_why)
{
	struct kt_err err = {0};
	begin(0);
	add("a");
	add("a/b");
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", &err), -EBUSY);
	expect_err(&err, "cgroup 'a': cannot remove", "nested cgroups");
	cr_assert(fake_cgroupfs_exists(&f, "ktstr/a"));
}

Test(cgroup, teardown_removes_the_folder_of_the_scenario)
{
	begin(BIT(cpuset));
	add("a");
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
	cr_assert_eq(kt_scenario_cgroup_teardown(&f.g, NULL), 0);
	cr_assert_not(fake_cgroupfs_exists(&f, "ktstr"));
	cr_assert_eq(kt_scenario_cgroup_teardown(&f.g, NULL), 0);
}

Test(cgroup, removing_a_frozen_cgroup_unfreezes_it_first)
{
	begin(0);
	add("a");
	cr_assert_eq(kt_scenario_cgroup_freeze(&f.g, "a", true, NULL), 0);
	f.fail_file = "cgroup.procs";
	f.fail_errno = EIO;
	f.fail_times = 1;
	fake_cgroupfs_append(&f, "ktstr/a/cgroup.procs", "7\n");
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), -EIO);
	expect_file("ktstr/a/cgroup.freeze", "0");
}

Test(cgroup, what_cannot_be_unfrozen_is_noted_and_removed_all_the_same)
{
	begin(0);
	add("a");
	cr_assert_eq(kt_scenario_cgroup_freeze(&f.g, "a", true, NULL), 0);
	fail_writes("cgroup.freeze", EIO, 1);
	cr_assert_eq(kt_scenario_cgroup_remove(&f.g, "a", NULL), 0);
	cr_assert_not_null(strstr(kt_str_get(&f.notes), "cannot write '0' to "));
	cr_assert_not(fake_cgroupfs_exists(&f, "ktstr/a"));
}

Test(cgroup, the_folder_of_a_cgroup_can_be_opened_and_that_of_a_missing_one_not)
{
	int fd = -1;
	struct kt_err err = {0};
	begin(0);
	add("a");
	cr_assert_eq(kt_scenario_cgroup_open(&f.g, "a", &fd, NULL), 0);
	close(fd);
	cr_assert_eq(kt_scenario_cgroup_open(&f.g, "b", &fd, &err), -ENOENT);
	expect_err(&err, "cgroup 'b': cannot open", "make the cgroup first");
}
