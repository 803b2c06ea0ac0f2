// SPDX-License-Identifier: GPL-2.0-only
/* Files are replaced whole or left alone, limits hold, failures name their path. */
#include "base/fs.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/tmpdir.h"

TestSuite(fs, .init = tmpdir_make, .fini = tmpdir_remove);

static mode_t mode_of(const char *name)
{
	struct stat st;
	cr_assert_eq(stat(in_tmp(name), &st), 0);
	return st.st_mode & 07777;
}

static int count_entry(void *arg, const char *name)
{
	(void)name;
	++*(int *)arg;
	return 0;
}

static int entries(void)
{
	int count = 0;
	cr_assert_eq(kt_fs_each(tmpdir, count_entry, &count, NULL), 0);
	return count;
}

Test(fs, mkdirs_makes_what_is_missing)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("a/b/c"), NULL), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("a/b/c"), NULL), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("a//b/d/"), NULL), 0);
	cr_assert(kt_fs_exists(in_tmp("a/b/c")));
	cr_assert(kt_fs_exists(in_tmp("a/b/d")));
	cr_assert_eq(kt_fs_mkdirs("/", NULL), 0);
}

Test(fs, mkdirs_names_the_folder_that_fails)
{
	struct kt_err err = {0};
	put_file("file", "x");
	cr_assert_eq(kt_fs_mkdirs(in_tmp("file"), &err), -ENOTDIR);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("file/a/b"), &err), -ENOTDIR);
	cr_assert_not_null(strstr(err.text, "/file'"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "choose another path"), "%s", err.fix);
	char longer[300];
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	cr_assert_eq(kt_fs_mkdirs(in_tmp(longer), &err), -ENAMETOOLONG);
	cr_assert_not_null(strstr(err.fix, "shorter"), "%s", err.fix);
	cr_assert_eq(kt_fs_mkdirs("", &err), -ENOENT);
	cr_assert_eq(kt_fs_mkdirs("/proc/none/a", &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'/proc/none'"), "%s", err.text);
}

Test(fs, read_appends_the_whole_file)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	put_file("f", "hello");
	kt_str_add(&s, ">");
	cr_assert_eq(kt_fs_read(in_tmp("f"), 5, &s, NULL), 0);
	cr_assert_str_eq(kt_str_get(&s), ">hello");
	kt_str_cut(&s, 0);
	cr_assert_eq(kt_fs_read("/proc/self/comm", 100, &s, NULL), 0);
	cr_assert_gt(s.len, 0, "files without a size are read too");
}

Test(fs, read_says_what_is_too_large_or_missing)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	struct kt_err err = {0};
	put_file("f", "hello");
	cr_assert_eq(kt_fs_read(in_tmp("f"), 4, &s, &err), -EFBIG);
	cr_assert_not_null(strstr(err.text, "larger than the 4 bytes"), "%s", err.text);
	cr_assert_eq(kt_fs_read(in_tmp("none"), 4, &s, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, in_tmp("none")), "%s", err.text);
	cr_assert_eq(kt_fs_read(tmpdir, 4, &s, &err), -EISDIR);
}

Test(fs, replace_makes_and_overwrites)
{
	umask(022);
	cr_assert_eq(kt_fs_replace(in_tmp("f"), "first text", 10, NULL), 0);
	cr_assert_eq(mode_of("f"), 0644);
	cr_assert_eq(kt_fs_replace(in_tmp("f"), "2nd", 3, NULL), 0);
	cr_assert(file_is("f", "2nd"));
	cr_assert_eq(kt_fs_replace(in_tmp("f"), "", 0, NULL), 0);
	cr_assert(file_is("f", ""));
	cr_assert_eq(entries(), 1, "no temporary file stays");
}

Test(fs, replace_keeps_the_mode)
{
	put_file("f", "x");
	cr_assert_eq(chmod(in_tmp("f"), 0600), 0);
	put_file("f", "y");
	cr_assert_eq(mode_of("f"), 0600);
}

Test(fs, an_open_file_keeps_its_old_content)
{
	char got[8] = "";
	put_file("f", "old");
	KT_AUTOFD int fd = open(in_tmp("f"), O_RDONLY | O_CLOEXEC);
	put_file("f", "new");
	cr_assert_eq(read(fd, got, sizeof(got)), 3);
	cr_assert_str_eq(got, "old");
}

Test(fs, a_failed_replace_leaves_nothing_behind)
{
	struct kt_err err = {0};
	cr_assert_eq(mkdir(in_tmp("dir"), 0755), 0);
	cr_assert_eq(kt_fs_replace(in_tmp("dir"), "x", 1, &err), -EISDIR);
	cr_assert_eq(kt_fs_replace(in_tmp("none/f"), "x", 1, &err), -ENOENT);
	cr_assert_neq(err.fix[0], '\0');
	cr_assert_eq(entries(), 1);
}

static int fill_or_fail(void *arg, int fd)
{
	return write(fd, "new", 3) == 3 ? *(int *)arg : -EIO;
}

Test(fs, replace_by_keeps_the_old_file_when_filling_fails)
{
	struct kt_err err = {0};
	int r = -ENOSPC;
	put_file("f", "old");
	cr_assert_eq(kt_fs_replace_by(in_tmp("f"), fill_or_fail, &r, &err), -ENOSPC);
	cr_assert_not_null(strstr(err.fix, "free space"), "%s", err.fix);
	cr_assert(file_is("f", "old"));
	r = 0;
	cr_assert_eq(kt_fs_replace_by(in_tmp("f"), fill_or_fail, &r, NULL), 0);
	cr_assert(file_is("f", "new"));
	cr_assert_eq(unlink(in_tmp("f")), 0);
	cr_assert_eq(rmdir(tmpdir), 0, "no temporary file is left");
	cr_assert_eq(mkdir(tmpdir, 0700), 0);
}

Test(fs, write_existing_does_not_create)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_fs_write_existing(in_tmp("f"), "x", &err), -ENOENT);
	cr_assert_not(kt_fs_exists(in_tmp("f")));
	put_file("f", "long text");
	cr_assert_eq(kt_fs_write_existing(in_tmp("f"), "x", NULL), 0);
	cr_assert(file_is("f", "x"));
}

Test(fs, write_existing_names_value_and_path)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_fs_write_existing("/dev/full", "0-3", &err), -ENOSPC);
	cr_assert_not_null(strstr(err.text, "'0-3' to '/dev/full'"), "%s", err.text);
}

Test(fs, copy_takes_bytes_and_mode)
{
	static char big[200000];
	memset(big, 'b', sizeof(big) - 1);
	put_file("from", big);
	put_file("to", "old");
	cr_assert_eq(chmod(in_tmp("from"), 0751), 0);
	cr_assert_eq(kt_fs_copy(in_tmp("from"), in_tmp("to"), NULL), 0);
	cr_assert(file_is("to", big));
	cr_assert_eq(mode_of("to"), 0751);
	cr_assert_eq(entries(), 2);
}

Test(fs, copy_refuses_what_is_no_regular_file)
{
	struct kt_err err = {0};
	cr_assert_eq(mkfifo(in_tmp("fifo"), 0600), 0);
	put_file("to", "old");
	cr_assert_eq(kt_fs_copy(in_tmp("fifo"), in_tmp("to"), &err), -EINVAL);
	cr_assert_eq(kt_fs_copy(tmpdir, in_tmp("to"), &err), -EINVAL);
	cr_assert_eq(kt_fs_copy(in_tmp("none"), in_tmp("to"), &err), -ENOENT);
	cr_assert(file_is("to", "old"));
}

Test(fs, copy_to_nowhere_names_both)
{
	struct kt_err err = {0};
	put_file("from", "x");
	cr_assert_eq(kt_fs_copy(in_tmp("from"), in_tmp("none/to"), &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "none/to"), "%s", err.text);
}

Test(fs, mkdtemp_is_fresh_private_and_where_asked)
{
	char *a = NULL, *b = NULL;
	struct stat st;
	cr_assert_eq(kt_fs_mkdtemp(tmpdir, "p-", &a, NULL), 0);
	cr_assert_eq(kt_fs_mkdtemp(tmpdir, "p-", &b, NULL), 0);
	cr_assert_str_neq(a, b);
	cr_assert(kt_starts_with(a, in_tmp("p-")));
	cr_assert_eq(stat(a, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0700);
	free(a);
	free(b);
}

Test(fs, mkdtemp_follows_TMPDIR)
{
	char *made = NULL;
	setenv("TMPDIR", tmpdir, 1);
	cr_assert_eq(kt_fs_mkdtemp(NULL, "p-", &made, NULL), 0);
	cr_assert(kt_starts_with(made, in_tmp("p-")));
	free(made);
	setenv("TMPDIR", "", 1);
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-unit-", &made, NULL), 0);
	cr_assert(kt_starts_with(made, "/tmp/"));
	cr_assert_eq(rmdir(made), 0);
	free(made);
	struct kt_err err = {0};
	cr_assert_eq(kt_fs_mkdtemp(in_tmp("none"), "p-", &made, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, in_tmp("none")));
}

static void expect_absolute(const char *path, const char *expected)
{
	KT_AUTOFREE char *got = kt_fs_absolute(path);
	cr_assert_str_eq(got, expected, "'%s' became '%s'", path, got);
}

Test(fs, absolute_paths_need_not_exist)
{
	char cwd[4096];
	cr_assert_eq(chdir(tmpdir), 0);
	cr_assert_not_null(getcwd(cwd, sizeof(cwd)));
	free(tmpdir);
	tmpdir = strdup(cwd); /* without links, for the comparison */
	expect_absolute("/a/b", "/a/b");
	expect_absolute("a/b", in_tmp("a/b"));
	expect_absolute("./a", in_tmp("a"));
	expect_absolute(".//./a", in_tmp("a"));
	expect_absolute(".", cwd);
	expect_absolute("", cwd);
	expect_absolute("..", in_tmp(".."));
	expect_absolute(".hidden", in_tmp(".hidden"));
	cr_assert_eq(chdir("/"), 0);
	expect_absolute("x", "/x");
}

Test(fs, self_is_this_program)
{
	KT_AUTOFREE char *self = kt_fs_self();
	struct stat a, b;
	cr_assert_not_null(self);
	cr_assert_eq(stat(self, &a), 0);
	cr_assert_eq(stat("/proc/self/exe", &b), 0);
	cr_assert_eq(a.st_ino, b.st_ino);
}

static int collect(void *arg, const char *name)
{
	kt_str_addf(arg, "%s,", name);
	return strcmp(name, "stop") ? 0 : 7;
}

Test(fs, each_goes_by_name_and_stops_when_told)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	put_file("b", "");
	put_file("a", "");
	put_file(".c", "");
	cr_assert_eq(kt_fs_each(tmpdir, collect, &s, NULL), 0);
	cr_assert_str_eq(kt_str_get(&s), ".c,a,b,");
	put_file("stop", "");
	put_file("z", "");
	kt_str_cut(&s, 0);
	cr_assert_eq(kt_fs_each(tmpdir, collect, &s, NULL), 7);
	cr_assert_str_eq(kt_str_get(&s), ".c,a,b,stop,");
	struct kt_err err = {0};
	cr_assert_eq(kt_fs_each(in_tmp("none"), collect, &s, &err), -ENOENT);
	cr_assert_neq(err.text[0], '\0');
}
