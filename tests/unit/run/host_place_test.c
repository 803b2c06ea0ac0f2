// SPDX-License-Identifier: GPL-2.0-only
/* Machines with cgroup v2, v1 and both, by copies of their mountinfo. */
#include <criterion/criterion.h>

#include <string.h>

#include "run/host_place.h"
#include "unit/tmpdir.h"

static struct kt_run_host_place place;
static struct kt_err err;

/* mountinfo of LINES, in which @ stands for the temporary folder, and the process in OWN. */
static void put_machine(const char *lines, const char *own)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	for (const char *p = lines; *p; p++)
		if (*p == '@')
			kt_str_add(&text, tmpdir);
		else
			kt_str_add_bytes(&text, p, 1);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("proc/self"), NULL), 0);
	put_file("proc/self/mountinfo", kt_str_get(&text));
	put_file("proc/self/cgroup", own);
}

static void put_cgroup(const char *name, const char *controllers)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp(name), NULL), 0);
	KT_AUTOFREE char *list = kt_strf("%s/cgroup.controllers", name);
	KT_AUTOFREE char *procs = kt_strf("%s/cgroup.procs", name);
	put_file(list, controllers);
	put_file(procs, "");
}

static int find(const char *wanted)
{
	err = (struct kt_err){0};
	return kt_run_host_place_find(in_tmp("proc"), wanted, &place, &err);
}

static int check(const char *a, const char *b)
{
	err = (struct kt_err){0};
	const char *const controllers[] = {a, b, NULL};
	return kt_run_host_place_check(in_tmp("proc"), &place, controllers, &err);
}

#define UNIFIED "31 23 0:28 / @/cg rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define HYBRID                                                                                     \
	"31 23 0:28 / @ rw - tmpfs tmpfs rw,mode=755\n"                                            \
	"34 31 0:31 / @/v1 rw,relatime - cgroup cgroup rw,cpu,cpuset\n"                            \
	"41 31 0:38 / @/cg rw,relatime - cgroup2 cgroup2 rw\n"

static void init(void)
{
	tmpdir_make();
	put_cgroup("cg", "cpuset cpu io memory\n");
}

TestSuite(host_place, .init = init, .fini = tmpdir_remove);

Test(host_place, the_standard_is_a_folder_of_the_mount)
{
	put_machine(UNIFIED, "0::/init.scope\n");
	cr_assert_eq(find(NULL), 0, "%s", err.text);
	cr_assert_str_eq(place.mount, in_tmp("cg"));
	cr_assert_str_eq(place.parent, in_tmp("cg/ktstr"));
	cr_assert_eq(find(""), 0);
	cr_assert_eq(check("cpuset", "memory"), 0, "%s", err.text);
}

Test(host_place, a_delegated_cgroup_serves_where_the_mount_does_not)
{
	cr_assert_eq(kt_fs_remove_tree(in_tmp("cg"), NULL), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("cg"), NULL), 0); /* without cgroup.procs to be written */
	put_cgroup("cg/user.slice/run-1.scope", "cpu\n");
	put_machine(UNIFIED, "1:name=systemd:/x\n0::/user.slice/run-1.scope\n");
	cr_assert_eq(find(NULL), 0, "%s", err.text);
	cr_assert_str_eq(place.parent, in_tmp("cg/user.slice/run-1.scope/ktstr"));
}

Test(host_place, the_user_may_name_another)
{
	put_machine(UNIFIED, "0::/\n");
	cr_assert_eq(find(in_tmp("cg/mine/tests/")), 0, "%s", err.text);
	cr_assert_str_eq(place.parent, in_tmp("cg/mine/tests"));
}

Test(host_place, the_root_and_what_is_outside_of_it_are_refused)
{
	const char *const wrong[] = {in_tmp("cg"), in_tmp("cg/"), in_tmp("cgroup2"), "/", "ktstr",
		in_tmp("cg/../cg2"), in_tmp("cg/a/..")};
	put_machine(UNIFIED, "0::/\n");
	for (size_t i = 0; i < KT_ARRAY_LEN(wrong); i++) {
		cr_assert_eq(find(wrong[i]), -EINVAL, "'%s' is taken", wrong[i]);
		cr_assert_not_null(strstr(err.text, "KTSTR_HOST_CGROUP is '"), "%s", err.text);
		cr_assert_not_null(strstr(err.fix, "/cg/ktstr"), "%s", err.fix);
	}
}

Test(host_place, a_machine_without_cgroup_v2_says_so)
{
	put_machine("34 31 0:31 / @/v1 rw - cgroup cgroup rw,cpuset\n", "4:cpuset:/\n");
	cr_assert_eq(find(NULL), -ENODEV);
	cr_assert_not_null(strstr(err.text, "no cgroup v2 is mounted"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "unified_cgroup_hierarchy=1"), "%s", err.fix);
	cr_assert_not_null(strstr(err.fix, "ktstr softkvm exec"), "%s", err.fix);
}

Test(host_place, a_hybrid_machine_serves_with_what_v2_has)
{
	put_cgroup("cg", "memory\n");
	put_machine(HYBRID, "0::/\n");
	cr_assert_eq(find(NULL), 0, "%s", err.text);
	cr_assert_eq(check("memory", NULL), 0, "%s", err.text);
	cr_assert_eq(check("memory", "cpuset"), -ENOTSUP);
	cr_assert_not_null(strstr(err.text, "has no controller cpuset: it is mounted as cgroup v1"),
		"%s", err.text);
	cr_assert_not_null(strstr(err.text, in_tmp("v1")), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "cgroup_no_v1=cpuset"), "%s", err.fix);
}

Test(host_place, a_controller_that_is_nowhere_is_the_kernel_s_lack)
{
	put_machine(HYBRID, "0::/\n");
	cr_assert_eq(find(NULL), 0);
	cr_assert_eq(check("pids", NULL), -ENOTSUP);
	cr_assert_not_null(strstr(err.text, "built or booted without it"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "cgroup_disable=pids"), "%s", err.fix);
	cr_assert_eq(check("cpus", NULL), -ENOTSUP, "a part of a name is no name");
}

Test(host_place, lines_that_are_no_mounts_are_passed_over)
{
	put_machine("\n - \n1 2 3 - cgroup2 x y\ncgroup2\n" UNIFIED, "");
	cr_assert_eq(find(NULL), 0, "%s", err.text);
	cr_assert_str_eq(place.mount, in_tmp("cg"));
}

Test(host_place, without_proc_nothing_is_known)
{
	cr_assert_lt(find(NULL), 0);
	cr_assert_not_null(strstr(err.text, "look for cgroup v2"), "%s", err.text);
}
