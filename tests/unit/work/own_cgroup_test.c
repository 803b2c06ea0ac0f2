// SPDX-License-Identifier: GPL-2.0-only
/* From the kernel's words about mounts and cgroups to a folder. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "unit/tmpdir.h"
#include "work/own_cgroup.h"

TestSuite(own_cgroup, .init = tmpdir_make, .fini = tmpdir_remove);

static void expect_dir(const char *cgroup, const char *mounts, int r, const char *want)
{
	char dir[KT_OWN_CGROUP_BYTES];
	put_file("cgroup", cgroup);
	put_file("mountinfo", mounts);
	cr_expect_eq(kt_own_cgroup_of(in_tmp("cgroup"), in_tmp("mountinfo"), dir), r, "%s", want);
	cr_expect(r < 0 || !strcmp(dir, want), "%s, not %s", dir, want);
}

#define V1  "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
#define V2  "33 31 0:30 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
#define SUB "33 31 0:30 /box /cg rw - cgroup2 cgroup2 rw\n"

Test(own_cgroup, a_cgroup_is_below_the_mount_of_version_2)
{
	expect_dir("0::/ktstr/a\n", V2, 0, "/sys/fs/cgroup/ktstr/a");
	expect_dir("1:cpu:/x\n0::/ktstr/a\n", V1 V2, 0, "/sys/fs/cgroup/ktstr/a");
	expect_dir("0::/\n", "33 31 0:30 / /cg/unified rw - cgroup2 none rw\n", 0, "/cg/unified/");
}

Test(own_cgroup, a_mount_may_show_only_a_part)
{
	expect_dir("0::/box/a\n", SUB, 0, "/cg/a");
	expect_dir("0::/other/a\n", SUB, -ENOENT, "outside the mount");
}

Test(own_cgroup, without_version_2_there_is_none)
{
	expect_dir("1:cpu:/x\n", V2, -ENOENT, "no line");
	expect_dir("0::/a\n", V1, -ENOENT, "no mount");
	expect_dir("", "", -ENOENT, "nothing");
}

Test(own_cgroup, long_lines_are_left_out_and_long_tables_read_to_the_end)
{
	static char text[20000];
	memset(text, 'x', 9000);
	strcpy(text + 9000, " - cgroup2 long\n");
	for (int i = 0; i < 90; i++)
		strcat(text, V1);
	strcat(text, V2);
	expect_dir("0::/a\n", text, 0, "/sys/fs/cgroup/a");
}

Test(own_cgroup, a_sibling_is_beside_it)
{
	char file[KT_OWN_CGROUP_BYTES];
	cr_assert_eq(kt_own_cgroup_sibling("/cg/t/a", "b", file), 0);
	cr_expect_str_eq(file, "/cg/t/b/cgroup.procs");
}

struct counted {
	pid_t last, end;
};

static bool comes_next(void *arg, pid_t pid)
{
	struct counted *c = arg;
	cr_assert_eq(pid, c->last + 1);
	c->last = pid;
	return pid == c->end;
}

/* Many more than one read gives. */
Test(own_cgroup, processes_are_given_one_by_one_to_the_last)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct counted c = {0};
	for (int i = 1; i <= 20000; i++)
		kt_str_addf(&text, "%d\n", i);
	put_file("cgroup.procs", kt_str_get(&text));
	cr_expect_eq(kt_own_cgroup_any(in_tmp("cgroup.procs"), comes_next, &c), 0);
	cr_expect_eq(c.last, 20000);
	c = (struct counted){.end = 19999};
	cr_expect_eq(kt_own_cgroup_any(in_tmp("cgroup.procs"), comes_next, &c), 1);
	cr_expect_eq(c.last, 19999);
	cr_expect_eq(kt_own_cgroup_any(in_tmp("nothing"), comes_next, &c), -ENOENT);
}

Test(own_cgroup, joining_writes_the_pid_and_says_why_not)
{
	cr_expect_eq(kt_own_cgroup_join(in_tmp("cgroup.procs"), 77), -ENOENT);
	put_file("cgroup.procs", "");
	cr_expect_eq(kt_own_cgroup_join(in_tmp("cgroup.procs"), 77), 0);
	cr_expect(file_is("cgroup.procs", "77"));
}
