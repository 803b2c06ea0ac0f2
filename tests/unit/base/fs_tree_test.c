// SPDX-License-Identifier: GPL-2.0-only
/* Removing a tree removes that tree and nothing a link or a mount leads to. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "unit/tmpdir.h"

TestSuite(fs_tree, .init = tmpdir_make, .fini = tmpdir_remove);

static int remove_in_tmp(const char *name, struct kt_err *err)
{
	return kt_fs_remove_tree(in_tmp(name), err);
}

Test(fs_tree, removes_files_and_folders_at_any_depth)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("t/a/b/c"), NULL), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("t/a/d"), NULL), 0);
	put_file("t/f", "x");
	put_file("t/a/b/c/f", "x");
	put_file("t/a/.hidden", "x");
	cr_assert_eq(mkfifo(in_tmp("t/a/fifo"), 0600), 0);
	cr_assert_eq(remove_in_tmp("t", NULL), 0);
	cr_assert_not(kt_fs_exists(in_tmp("t")));
}

Test(fs_tree, removes_a_folder_of_many_entries)
{
	cr_assert_eq(mkdir(in_tmp("t"), 0755), 0);
	/* Long names, so that the folder is read in several rounds. */
	for (int i = 0; i < 400; i++) {
		char name[256];
		snprintf(name, sizeof(name), "t/%0200d", i);
		int fd = open(in_tmp(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		cr_assert_geq(fd, 0);
		close(fd);
	}
	cr_assert_eq(remove_in_tmp("t", NULL), 0);
	cr_assert_not(kt_fs_exists(in_tmp("t")));
}

Test(fs_tree, a_missing_tree_is_fine_and_a_file_is_removed)
{
	cr_assert_eq(remove_in_tmp("none", NULL), 0);
	cr_assert_eq(remove_in_tmp("none/deeper", NULL), 0);
	put_file("f", "x");
	cr_assert_eq(remove_in_tmp("f", NULL), 0);
	cr_assert_not(kt_fs_exists(in_tmp("f")));
}

Test(fs_tree, links_are_removed_and_not_followed)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("outside"), NULL), 0);
	put_file("outside/precious", "x");
	cr_assert_eq(mkdir(in_tmp("t"), 0755), 0);
	cr_assert_eq(symlink(in_tmp("outside"), in_tmp("t/link")), 0);
	cr_assert_eq(symlink("../outside", in_tmp("t/relative")), 0);
	cr_assert_eq(symlink("nowhere", in_tmp("t/dangling")), 0);
	cr_assert_eq(remove_in_tmp("t", NULL), 0);
	cr_assert(file_is("outside/precious", "x"));
}

Test(fs_tree, a_root_that_is_a_link_loses_only_the_link)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("outside"), NULL), 0);
	put_file("outside/precious", "x");
	cr_assert_eq(symlink("outside", in_tmp("link")), 0);
	cr_assert_eq(remove_in_tmp("link/", NULL), 0);
	cr_assert_not(kt_fs_exists(in_tmp("link")));
	cr_assert(file_is("outside/precious", "x"));
}

Test(fs_tree, dangerous_names_are_refused)
{
	static const char *const bad[] = {
		"", "/", "//", ".", "..", "./", "/tmp/.", "/tmp/..", "a/../"};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++)
		cr_assert_eq(kt_fs_remove_tree(bad[i], NULL), -EINVAL, "'%s'", bad[i]);
}

/* Make COUNT folders "d" inside each other below NAME; returns the innermost. */
static int make_chain(const char *name, int count)
{
	cr_assert_eq(mkdir(in_tmp(name), 0755), 0);
	int fd = open(in_tmp(name), O_PATH | O_CLOEXEC);
	for (int i = 0; i < count; i++) {
		cr_assert_eq(mkdirat(fd, "d", 0755), 0);
		int next = openat(fd, "d", O_PATH | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	cr_assert_geq(fd, 0);
	return fd;
}

Test(fs_tree, depth_is_bounded)
{
	KT_AUTOFD int inner = make_chain("t", 100);
	struct kt_err err = {0};
	cr_assert_eq(mkdirat(inner, "too_deep", 0755), 0);
	cr_assert_eq(remove_in_tmp("t", &err), -ELOOP);
	cr_assert_not_null(strstr(err.text, "too_deep"), "%s", err.text);
	cr_assert_eq(unlinkat(inner, "too_deep", AT_REMOVEDIR), 0);
	cr_assert_eq(remove_in_tmp("t", NULL), 0, "a hundred levels are fine");
}

/* A mount of its own over NAME. False where mounting is not allowed. */
static bool mount_on(const char *name, const char *source)
{
	static bool unshared;
	if (!unshared &&
		(unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return false;
	unshared = true;
	return !mount(source ? source : "none", in_tmp(name), "tmpfs", source ? MS_BIND : 0, NULL);
}

static void expect_mount_survives(const char *source)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("t/mounted"), NULL), 0);
	if (!mount_on("t/mounted", source))
		cr_skip_test("mounting needs root");
	put_file("t/mounted/precious", "x");
	struct kt_err err = {0};
	cr_assert_eq(remove_in_tmp("t", &err), -EXDEV);
	cr_assert_not_null(strstr(err.text, "mounted"), "%s", err.text);
	cr_assert(file_is("t/mounted/precious", "x"));
	cr_assert_eq(umount(in_tmp("t/mounted")), 0);
}

Test(fs_tree, another_file_system_is_not_emptied)
{
	expect_mount_survives(NULL);
}

Test(fs_tree, a_bind_mount_of_the_same_file_system_is_not_emptied)
{
	cr_assert_eq(mkdir(in_tmp("outside"), 0755), 0);
	expect_mount_survives(in_tmp("outside"));
	cr_assert(file_is("outside/precious", "x"));
}

Test(fs_tree, what_cannot_be_removed_is_named)
{
	struct kt_err err = {0};
	cr_assert_neq(kt_fs_remove_tree("/proc/self/status", &err), 0);
	cr_assert_not_null(strstr(err.text, "/proc/self/status"), "%s", err.text);
	cr_assert_neq(err.fix[0], '\0');
}
