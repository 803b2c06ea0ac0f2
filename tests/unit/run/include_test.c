// SPDX-License-Identifier: GPL-2.0-only
/* What --include brings, and what it refuses. Programs of the machine the tests run on. */
#include <criterion/criterion.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "run/include.h"

static char *dir;
static struct kt_run_includes list;
static struct kt_err err;

static void init(void)
{
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-include-", &dir, NULL), 0);
}

static void done(void)
{
	kt_run_includes_done(&list);
	kt_fs_remove_tree(dir, NULL);
	free(dir);
}

TestSuite(include, .init = init, .fini = done);

/* A file below the folder; its path is good until the next call. */
static const char *file(const char *name, const char *text)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	cr_assert_eq(kt_fs_replace(path, text, strlen(text), NULL), 0);
	return path;
}

static int resolve(const char *spec)
{
	return kt_run_includes_resolve(&spec, 1, &list, &err);
}

static const struct kt_run_include_file *find(const char *guest)
{
	kt_vec_each(f, &list.files)
		if (strcmp(f->guest, guest) == 0)
			return f;
	return NULL;
}

Test(include, a_file_can_have_another_place)
{
	KT_AUTOFREE char *spec = kt_strf("%s=/opt/data", file("a", "text"));
	cr_assert_eq(resolve(spec), 0, "%s", err.text);
	cr_assert_eq(list.files.count, 1);
	cr_assert_eq(find("opt/data")->bytes, 4);
}

Test(include, a_place_that_ends_with_a_slash_is_a_folder)
{
	KT_AUTOFREE char *spec = kt_strf("%s=/opt/", file("a", "text"));
	cr_assert_eq(resolve(spec), 0, "%s", err.text);
	cr_assert_not_null(find("opt/a"));
}

Test(include, an_equals_sign_can_be_part_of_a_name)
{
	KT_AUTOFREE char *spec = kt_strf("%s=/opt/x", file("a=b", "text"));
	cr_assert_eq(resolve(spec), 0, "%s", err.text);
	cr_assert(kt_ends_with(find("opt/x")->host, "/a=b"));
}

Test(include, a_folder_is_walked)
{
	KT_AUTOFREE char *sub = kt_strf("%s/tree/sub", dir);
	cr_assert_eq(kt_fs_mkdirs(sub, NULL), 0);
	file("tree/one", "1");
	file("tree/sub/two", "22");
	KT_AUTOFREE char *spec = kt_strf("%s/tree=/opt/tree", dir);
	cr_assert_eq(resolve(spec), 0, "%s", err.text);
	cr_assert_not_null(find("opt/tree/one"));
	cr_assert_eq(find("opt/tree/sub/two")->bytes, 2);
}

Test(include, a_link_to_a_folder_above_ends)
{
	KT_AUTOFREE char *link = kt_strf("%s/loop", dir);
	cr_assert_eq(symlink(dir, link), 0);
	KT_AUTOFREE char *spec = kt_strf("%s=/opt", dir);
	cr_assert_lt(resolve(spec), 0);
	cr_assert_eq(err.code, ELOOP, "%s", err.text);
}

Test(include, a_program_brings_its_loader_and_libraries)
{
	cr_assert_eq(resolve("/bin/ls=/opt/ls"), 0, "%s", err.text);
	cr_assert_not_null(find("opt/ls"));
	cr_assert_not_null(find("lib64/ld-linux-x86-64.so.2"));
	bool libc = false;
	kt_vec_each(f, &list.files)
		libc |= kt_ends_with(f->guest, "/libc.so.6") && strstr(f->why, "/bin/ls");
	cr_assert(libc);
}

Test(include, a_script_brings_its_interpreter)
{
	KT_AUTOFREE char *spec = kt_strf("%s=/opt/script", file("script", "#! /bin/sh -e\n"));
	cr_assert_eq(resolve(spec), 0, "%s", err.text);
	cr_assert_not_null(find("bin/sh"));
	cr_assert_not_null(find("lib64/ld-linux-x86-64.so.2"));
}

Test(include, what_env_looks_for_comes_too)
{
	static const char *const lines[] = {"#!/usr/bin/env sh\n", "#! /usr/bin/env -S sh -e\n"};
	for (size_t i = 0; i < KT_ARRAY_LEN(lines); i++) {
		KT_AUTOFREE char *spec = kt_strf("%s=/opt/script", file("script", lines[i]));
		KT_AUTOFREE char *sh = kt_proc_which("sh");
		kt_run_includes_done(&list);
		cr_assert_eq(resolve(spec), 0, "%s", err.text);
		cr_expect_not_null(find("usr/bin/env"));
		cr_expect_not_null(find(sh + 1));
	}
	kt_run_includes_done(&list);
	KT_AUTOFREE char *strange = kt_strf("%s=/opt/s", file("s", "#!/usr/bin/env A=1 sh"));
	cr_expect_eq(resolve(strange), 0, "%s", err.text);
}

Test(include, a_missing_interpreter_is_named_with_what_needs_it)
{
	KT_AUTOFREE char *spec = kt_strf("%s=/opt/script", file("script", "#!/none/sh\n"));
	cr_assert_eq(resolve(spec), -ENOENT);
	cr_expect_not_null(strstr(err.text, "'/none/sh'"), "%s", err.text);
	cr_expect_not_null(strstr(err.fix, "install '/none/sh'"), "%s", err.fix);
	cr_expect_not_null(strstr(err.fix, "/script'"), "%s", err.fix);
}

Test(include, the_same_file_twice_is_one)
{
	const char *specs[] = {"/bin/ls", "/bin/ls"};
	cr_assert_eq(kt_run_includes_resolve(specs, 2, &list, &err), 0, "%s", err.text);
	size_t count = 0;
	kt_vec_each(f, &list.files)
		count += !strcmp(f->guest, "bin/ls");
	cr_assert_eq(count, 1);
}

Test(include, two_files_for_one_place_are_refused)
{
	KT_AUTOFREE char *one = kt_strf("%s=/opt/x", file("a", "1"));
	KT_AUTOFREE char *two = kt_strf("%s=/opt/x", file("b", "2"));
	const char *specs[] = {one, two};
	cr_assert_eq(kt_run_includes_resolve(specs, 2, &list, &err), -EEXIST);
	cr_assert_not_null(strstr(err.text, "/opt/x"), "%s", err.text);
}

Test(include, a_place_is_the_same_however_it_is_written)
{
	static const char *const places[] = {"/opt/data", "//opt//data", "/opt/./data",
		"/opt/x/../data", "/../opt/data", "/x/../opt/y/z/../../data"};
	const char *path = file("a", "text");
	for (size_t i = 0; i < KT_ARRAY_LEN(places); i++) {
		KT_AUTOFREE char *spec = kt_strf("%s=%s", path, places[i]);
		kt_run_includes_done(&list);
		cr_assert_eq(resolve(spec), 0, "%s", err.text);
		cr_expect_not_null(find("opt/data"), "%s", places[i]);
	}
	KT_AUTOFREE char *hidden = kt_strf("%s=/opt/../proc/x", path);
	cr_expect_eq(resolve(hidden), -EINVAL);
	cr_expect_not_null(strstr(err.text, "hide /proc/x"), "%s", err.text);
}

Test(include, a_folder_may_end_with_a_slash_and_stand_above)
{
	KT_AUTOFREE char *folder = kt_strf("%s/tree", dir);
	KT_AUTOFREE char *slash = kt_strf("%s/=/opt/tree", folder);
	cr_assert_eq(kt_fs_mkdirs(folder, NULL), 0);
	(void)file("tree/a", "text");
	cr_assert_eq(resolve(slash), 0, "%s", err.text);
	cr_expect_not_null(find("opt/tree/a"));
	kt_run_includes_done(&list);
	cr_assert_eq(chdir(folder), 0);
	static const char *const both[] = {"../tree/=/opt/", "./=/opt/tree"};
	cr_assert_eq(kt_run_includes_resolve(both, 2, &list, &err), 0, "%s", err.text);
	cr_expect_not_null(find("opt/tree/a"));
	cr_expect_eq(list.files.count, 1);
}

Test(include, a_relative_place_is_told_what_it_lacks)
{
	KT_AUTOFREE char *spec = kt_strf("%s=data", file("a", "text"));
	cr_assert_eq(resolve(spec), -ENOENT);
	cr_expect_not_null(strstr(err.fix, "PATH begins with '/'"), "%s", err.fix);
}

Test(include, a_place_that_guests_hide_is_refused_with_another_one)
{
	cr_assert_eq(resolve(file("a", "text")), -EINVAL); /* below /tmp */
	cr_assert_not_null(strstr(err.fix, "=/opt/a"), "%s", err.fix);
	cr_assert_eq(resolve("/bin/ls=/init"), -EINVAL);
	cr_assert_eq(resolve("/bin/ls=/"), 0, "%s", err.text); /* a folder: /ls */
	cr_assert_not_null(find("ls"));
}

Test(include, what_is_not_there_is_named)
{
	cr_assert_eq(resolve("/nonexistent/file"), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'/nonexistent/file'"), "%s", err.text);
}

Test(include, a_device_is_refused)
{
	cr_assert_eq(resolve("/dev/null=/opt/null"), -EINVAL);
}
