// SPDX-License-Identifier: GPL-2.0-only
/* Controllers and the files that come with them, on a fake mount. */
#include "unit/scenario/cgroups.h"

TestSuite(cgroup_knobs, .init = setup, .fini = done);

static void set_cpuset(const char *name, unsigned first, unsigned last)
{
	struct kt_err err = {0};
	struct kt_cpus cpus = kt_cpus_range(first, last);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, name, &cpus, &err), 0, "%s", err.text);
}

Test(cgroup_knobs, cpuset_and_nothing_else_is_enabled_down_to_the_scenario)
{
	begin(BIT(cpuset));
	expect_file("cgroup.subtree_control", "cpuset\n");
	expect_file("ktstr/cgroup.subtree_control", "cpuset\n");
}

Test(cgroup_knobs, a_mount_without_cpuset_is_an_error_with_its_remedy)
{
	struct kt_err err = {0};
	fake_cgroupfs_done(&f);
	fake_cgroupfs_init(&f, "cpu memory\n");
	cr_assert_eq(kt_scenario_cgroup_setup(&f.g, BIT(cpuset), &err), -ENOTSUP);
	expect_err(&err, "offers no controller cpuset", "CONFIG_CPUSETS");
}

Test(cgroup_knobs, a_cgroup_is_a_folder_with_a_cpuset)
{
	begin(BIT(cpuset));
	add("a");
	set_cpuset("a", 2, 5);
	expect_file("ktstr/a/cpuset.cpus", "2-5");
}

Test(cgroup_knobs, a_nested_cpuset_enables_the_controller_in_the_cgroups_above)
{
	begin(BIT(cpuset));
	add("a");
	add("a/b");
	add("a/b/c");
	expect_file("ktstr/a/cgroup.subtree_control", "");
	set_cpuset("a/b/c", 0, 0);
	expect_file("ktstr/a/cgroup.subtree_control", "cpuset\n");
	expect_file("ktstr/a/b/cgroup.subtree_control", "cpuset\n");
	expect_file("ktstr/a/b/c/cpuset.cpus", "0");
}

Test(cgroup_knobs, clearing_writes_an_empty_line)
{
	begin(BIT(cpuset));
	add("a");
	set_cpuset("a", 2, 5);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a", NULL, NULL), 0);
	expect_file("ktstr/a/cpuset.cpus", "\n");
}

Test(cgroup_knobs, clearing_a_cgroup_with_tasks_gives_it_its_parents_cpus)
{
	begin(BIT(cpuset));
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

Test(cgroup_knobs, clearing_a_nested_cgroup_that_never_had_a_cpuset_does_nothing)
{
	begin(BIT(cpuset));
	add("a");
	add("a/b");
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a/b", NULL, NULL), 0);
	expect_file("ktstr/a/b/cpuset.cpus", "(missing)");
}

Test(cgroup_knobs, clearing_a_missing_cgroup_is_an_error)
{
	struct kt_err err = {0};
	begin(BIT(cpuset));
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a", NULL, &err), -ENOENT);
	expect_err(&err, "cgroup 'a'", "controller cpuset");
}

Test(cgroup_knobs, an_error_names_cgroup_file_value_and_controller)
{
	struct kt_err err = {0};
	struct kt_cpus cpus = kt_cpus_range(0, 3);
	begin(BIT(cpuset));
	add("a");
	fail_writes("cpuset.cpus", EINVAL, 9);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a", &cpus, &err), -EINVAL);
	expect_err(&err, "cgroup 'a': cannot write '0-3' to ", "cpuset");
	expect_err(&err, "/ktstr/a/cpuset.cpus: Invalid argument", "cgroup.subtree_control");
}

static void write_knob(const char *name, const char *file, const char *value)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_scenario_cgroup_write(&f.g, name, file, value, &err), 0, "%s", err.text);
}

Test(cgroup_knobs, each_controller_of_the_mask_is_enabled_from_the_mount_down)
{
	begin(BIT(memory) | BIT(pids) | BIT(cpu));
	expect_file("cgroup.subtree_control", "cpu memory pids\n");
	expect_file("ktstr/cgroup.subtree_control", "cpu memory pids\n");
	add("a");
	expect_file("ktstr/a/memory.max", "max\n");
	expect_file("ktstr/a/cpuset.cpus", "(missing)");
}

Test(cgroup_knobs, a_knob_is_written_and_what_is_enabled_is_not_enabled_again)
{
	begin(BIT(cpu));
	add("a");
	unsigned writes = f.writes;
	write_knob("a", "cpu.max", "5000 10000");
	expect_file("ktstr/a/cpu.max", "5000 10000");
	cr_assert_eq(f.writes, writes + 1);
}

Test(cgroup_knobs, a_body_s_first_knob_enables_its_controller)
{
	begin(0);
	add("a");
	write_knob("a", "memory.max", "4096");
	expect_file("cgroup.subtree_control", "memory\n");
	expect_file("ktstr/cgroup.subtree_control", "memory\n");
	expect_file("ktstr/a/memory.max", "4096");
}

Test(cgroup_knobs, a_nested_knob_enables_its_controller_in_each_cgroup_above)
{
	begin(BIT(pids) | BIT(io));
	add("a");
	add("a/b");
	add("a/b/c");
	write_knob("a/b/c", "pids.max", "5");
	write_knob("a/b", "io.weight", "7");
	expect_file("ktstr/a/cgroup.subtree_control", "pids io\n");
	expect_file("ktstr/a/b/cgroup.subtree_control", "pids\n");
	expect_file("ktstr/a/b/c/pids.max", "5");
	expect_file("ktstr/a/b/c/io.weight", "(missing)");
}

Test(cgroup_knobs, a_missing_controller_is_named_with_its_kernel_option)
{
	static const struct {
		unsigned bit;
		const char *name, *option;
	} rows[] = {{BIT(cpuset), "cpuset", "CONFIG_CPUSETS"},
		{BIT(cpu), "cpu", "CONFIG_CGROUP_SCHED"}, {BIT(memory), "memory", "CONFIG_MEMCG"},
		{BIT(io), "io", "CONFIG_BLK_CGROUP"}, {BIT(pids), "pids", "CONFIG_CGROUP_PIDS"}};
	fake_cgroupfs_done(&f);
	fake_cgroupfs_init(&f, "hugetlb rdma\n");
	for (size_t i = 0; i < 5; i++) {
		struct kt_err err = {0};
		cr_assert_eq(kt_scenario_cgroup_setup(&f.g, rows[i].bit, &err), -ENOTSUP);
		expect_err(&err, "offers no controller", rows[i].option);
		expect_err(&err, "only 'hugetlb rdma'", "cgroup v1");
		cr_assert_not_null(strstr(err.text, rows[i].name));
	}
}

Test(cgroup_knobs, the_error_of_a_knob_names_cgroup_file_value_and_controller)
{
	struct kt_err err = {0};
	begin(BIT(memory));
	add("a");
	add("a/b");
	fail_writes("memory.high", EINVAL, 1);
	cr_assert_eq(kt_scenario_cgroup_write(&f.g, "a/b", "memory.high", "12k", &err), -EINVAL);
	expect_err(
		&err, "cgroup 'a/b': cannot write '12k' to ", "controller memory must be enabled");
	expect_err(&err, "/ktstr/a/b/memory.high: Invalid argument", "cgroup.subtree_control of a");
}

Test(cgroup_knobs, a_file_that_the_kernel_lacks_is_an_error_with_its_option)
{
	static const struct {
		const char *file, *option;
	} rows[] = {{"memory.swap.max", "CONFIG_SWAP"}, {"io.weight", "CONFIG_BLK_CGROUP_IOCOST"},
		{"cpu.max", "CONFIG_CFS_BANDWIDTH"}, {"pids.max", "CONFIG_CGROUP_PIDS"}};
	begin(0);
	add("a");
	for (size_t i = 0; i < 4; i++) {
		struct kt_err err = {0};
		fail_writes(rows[i].file, ENOENT, 1);
		cr_assert_eq(kt_scenario_cgroup_write(&f.g, "a", rows[i].file, "1", &err), -ENOENT);
		expect_err(&err, rows[i].file, rows[i].option);
		expect_err(&err, "No such file", "of the scenario");
	}
}

Test(cgroup_knobs, a_refused_cpuset_shows_the_state_of_its_parent)
{
	struct kt_err err = {0};
	struct kt_cpus cpus = kt_cpus_range(0, 3);
	begin(BIT(cpuset) | BIT(cpu));
	add("a");
	add("a/b");
	add("a/c");
	fail_writes("a/b/cpuset.cpus", ENODEV, 1);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a/b", &cpus, &err), -ENODEV);
	expect_err(&err,
		"of its parent, cgroup.controllers 'cpuset cpu', cgroup.subtree_control "
		"'cpuset', nested cgroups ",
		"online");
	cr_assert(strstr(err.text, " b") && strstr(err.text, " c"), "%s", err.text);
}

Test(cgroup_knobs, a_write_that_never_returns_is_an_error_that_looks_to_the_console)
{
	struct kt_err err = {0};
	begin(BIT(memory));
	add("a");
	fail_writes("memory.max", ETIMEDOUT, 1);
	cr_assert_eq(kt_scenario_cgroup_write(&f.g, "a", "memory.max", "4096", &err), -ETIMEDOUT);
	expect_err(&err, "timed out", "console");
}

Test(cgroup_knobs, a_cgroup_with_tasks_cannot_give_controllers_and_the_error_says_what_to_do)
{
	struct kt_err err = {0};
	begin(BIT(cpu));
	add("a");
	add("a/b");
	fail_writes("ktstr/a/cgroup.subtree_control", EBUSY, 99);
	cr_assert_eq(kt_scenario_cgroup_write(&f.g, "a/b", "cpu.weight", "5", &err), -EBUSY);
	expect_err(&err, "cgroup 'a': cannot write '+cpu'", "NAME/own");
}

Test(cgroup_knobs, a_cpuset_is_read_as_it_stands_in_the_file)
{
	struct kt_cpus cpus = kt_cpus_range(9, 9);
	begin(BIT(cpuset));
	add("a");
	add("a/b");
	cr_assert_eq(kt_scenario_cgroup_read_cpuset(&f.g, "a", &cpus, NULL), 0);
	cr_assert_eq(kt_cpus_count(&cpus), 0);
	set_cpuset("a", 2, 5);
	cr_assert_eq(kt_scenario_cgroup_read_cpuset(&f.g, "a", &cpus, NULL), 0);
	cr_assert(kt_cpus_count(&cpus) == 4 && kt_cpus_has(&cpus, 2) && kt_cpus_has(&cpus, 5));
	cr_assert_eq(kt_scenario_cgroup_read_cpuset(&f.g, "a/b", &cpus, NULL), 0);
	cr_assert_eq(kt_cpus_count(&cpus), 0);
}

Test(cgroup_knobs, the_cpuset_of_a_missing_cgroup_cannot_be_read)
{
	struct kt_cpus cpus;
	struct kt_err err = {0};
	begin(BIT(cpuset));
	cr_assert_eq(kt_scenario_cgroup_read_cpuset(&f.g, "a", &cpus, &err), -ENOENT);
	expect_err(&err, "cgroup 'a': read its cpuset.cpus", "");
}
