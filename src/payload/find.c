// SPDX-License-Identifier: GPL-2.0-only
/* What stands where is asked of the file system each time; nothing is kept. */
#include "payload/find.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"

static int give(const char *path, char **ret, struct kt_err *err)
{
	char *whole = kt_fs_absolute(path);
	if (!whole)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory for a path");
	*ret = whole;
	return 0;
}

/* What is wrong with a program that is there. */
static int check_program(const char *path, const struct stat *st, struct kt_err *err)
{
	if (!S_ISREG(st->st_mode))
		return kt_fail(err, ENOEXEC, "name the program itself",
			"'%s' is no program: it is %s", path,
			S_ISDIR(st->st_mode) ? "a folder" : "not a regular file");
	if (access(path, X_OK) == 0)
		return 0;
	kt_fail(err, EACCES, "make it executable", "program '%s' is not executable", path);
	return kt_fix(err, "make it executable: chmod +x '%s'", path);
}

int kt_payload_find(const char *program, char **ret, struct kt_err *err)
{
	struct stat st;
	bool is_name = !strchr(program, '/');
	if (stat(program, &st) == 0 && (!is_name || S_ISREG(st.st_mode))) {
		int r = check_program(program, &st, err);
		return r < 0 ? r : give(program, ret, err);
	}
	if (!is_name)
		return kt_fail(err, ENOENT,
			"check the path; it is relative to where the run starts",
			"there is no program '%s'", program);
	KT_AUTOFREE char *found = kt_proc_which(program);
	if (found)
		return give(found, ret, err);
	return kt_fail(err, ENOENT,
		"install the package it belongs to, or write its path in .program",
		"program '%s' is neither in the current folder nor in PATH", program);
}

int kt_payload_find_include(const char *spec, char **ret, struct kt_err *err)
{
	struct stat st;
	if (stat(spec, &st) == 0)
		return give(spec, ret, err);
	KT_AUTOFREE char *found = strchr(spec, '/') ? NULL : kt_proc_which(spec);
	if (found)
		return give(found, ret, err);
	return kt_fail(err, ENOENT,
		strchr(spec, '/') ? "check the path; it is relative to where the run starts"
				  : "check the name, or write a path",
		"include '%s': there is no such file%s", spec,
		strchr(spec, '/') ? "" : ", neither in the current folder nor in PATH");
}
