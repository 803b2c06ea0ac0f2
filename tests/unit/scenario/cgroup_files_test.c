// SPDX-License-Identifier: GPL-2.0-only
/* Paths and parents of cgroups, and small reads, on a fake mount. */
#include "scenario/cgroup_files.h"

#include "unit/scenario/cgroups.h"

TestSuite(cgroup_files, .init = setup, .fini = done);

static const char *path_of(const char *name, const char *file)
{
	static char path[PATH_MAX];
	cr_assert_eq(kt_scenario_path_of(&f.g, name, file, path, NULL), 0);
	cr_assert_eq(strncmp(path, f.dir, strlen(f.dir)), 0);
	return path + strlen(f.dir);
}

Test(cgroup_files, a_path_is_of_the_mount_the_scenario_or_a_cgroup)
{
	cr_assert_str_eq(path_of(NULL, NULL), "");
	cr_assert_str_eq(path_of(NULL, "cgroup.procs"), "/cgroup.procs");
	cr_assert_str_eq(path_of("", NULL), "/ktstr");
	cr_assert_str_eq(path_of("", "cpu.max"), "/ktstr/cpu.max");
	cr_assert_str_eq(path_of("a/b", "cpu.max"), "/ktstr/a/b/cpu.max");
}

Test(cgroup_files, a_path_that_is_too_long_is_an_error)
{
	static char name[PATH_MAX + 1], path[PATH_MAX];
	struct kt_err err = {0};
	memset(name, 'a', PATH_MAX);
	cr_assert_eq(kt_scenario_path_of(&f.g, name, NULL, path, &err), -ENAMETOOLONG);
	expect_err(&err, "its path is too long", "shorter name");
}

Test(cgroup_files, the_parent_of_a_cgroup_is_the_one_above_it)
{
	struct kt_scenario_parent p;
	kt_scenario_parent_of("a/b/c", &p);
	cr_assert_str_eq(p.name, "a/b");
	kt_scenario_parent_of("a", &p);
	cr_assert_str_eq(p.name, "");
	kt_scenario_parent_of("", &p);
	cr_assert_null(p.name);
}

Test(cgroup_files, words_are_found_whole_only)
{
	bool has = true;
	begin(BIT(cpuset));
	cr_assert_eq(
		kt_scenario_file_has(&f.g, "", "cgroup.subtree_control", "cpu", &has, NULL), 0);
	cr_assert_not(has);
	cr_assert_eq(
		kt_scenario_file_has(&f.g, "", "cgroup.subtree_control", "cpuset", &has, NULL), 0);
	cr_assert(has);
}

Test(cgroup_files, a_snapshot_does_not_list_more_than_eight_nested_cgroups)
{
	struct kt_err err = {0};
	struct kt_cpus cpus = kt_cpus_range(0, 0);
	begin(BIT(cpuset));
	for (char c = 'a'; c < 'a' + 11; c++)
		add((const char[]){c, '\0'});
	fail_writes("cpuset.cpus", EACCES, 1);
	cr_assert_eq(kt_scenario_cgroup_set_cpuset(&f.g, "a", &cpus, &err), -EACCES);
	expect_err(&err, " and 3 more", "controller cpuset");
}
