// SPDX-License-Identifier: GPL-2.0-only
#include "payload/find.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

static char *dir;

static void make(const char *name, mode_t mode)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, name);
	KT_AUTOFILE FILE *f = fopen(path, "we");
	cr_assert_not_null(f);
	cr_assert_eq(chmod(path, mode), 0);
}

/* A folder with programs, which is the current one; PATH has only its "path". */
static void setup(void)
{
	cr_assert_eq(kt_fs_mkdtemp(NULL, "find", &dir, NULL), 0);
	cr_assert_eq(chdir(dir), 0);
	cr_assert_eq(mkdir("path", 0755), 0);
	cr_assert_eq(mkdir("folder", 0755), 0);
	make("here", 0755);
	make("plain", 0644);
	make("path/here", 0755);
	make("path/there", 0755);
	make("path/folder", 0755);
	KT_AUTOFREE char *path = kt_strf("%s/path", dir);
	setenv("PATH", path, 1);
}

static void done(void)
{
	(void)kt_fs_remove_tree(dir, NULL); /* of no consequence */
	free(dir);
}

TestSuite(find, .init = setup, .fini = done);

static void expect(const char *program, const char *relative)
{
	KT_AUTOFREE char *path = NULL;
	KT_AUTOFREE char *wanted = kt_strf("%s/%s", dir, relative);
	struct kt_err err = {0};
	cr_assert_eq(kt_payload_find(program, &path, &err), 0, "%s", err.text);
	cr_assert_str_eq(path, wanted);
}

static void refuse(const char *program, int r, const char *text, const char *fix)
{
	char *path = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_payload_find(program, &path, &err), r);
	cr_assert_null(path);
	cr_assert_not_null(strstr(err.text, text), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "%s", err.fix);
}

Test(find, a_bare_name_is_looked_for_here_and_then_in_path)
{
	expect("here", "here");
	expect("there", "path/there");
	expect("folder", "path/folder");
	refuse("nowhere", -ENOENT, "'nowhere' is neither in the current folder nor in PATH",
		"install the package");
}

Test(find, a_path_must_exist)
{
	expect("./here", "here");
	expect("path/there", "path/there");
	refuse("./there", -ENOENT, "there is no program './there'", "relative to where the run");
}

Test(find, what_is_no_program_is_refused)
{
	if (geteuid() != 0 || access("plain", X_OK) != 0)
		refuse("plain", -EACCES, "program 'plain' is not executable", "chmod +x 'plain'");
	refuse("./folder", -ENOEXEC, "it is a folder", "name the program itself");
}

Test(find, includes_need_not_be_executable)
{
	KT_AUTOFREE char *path = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_payload_find_include("plain", &path, &err), 0, "%s", err.text);
	cr_assert(kt_ends_with(path, "/plain"));
	char *none = NULL;
	cr_assert_eq(kt_payload_find_include("absent", &none, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "neither in the current folder nor in PATH"));
	cr_assert_eq(kt_payload_find_include("./absent", &none, &err), -ENOENT);
	cr_assert_null(none);
}
