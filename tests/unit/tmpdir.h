/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A folder of its own for each test that touches files: give tmpdir_make and tmpdir_remove as
 * .init and .fini of the test or suite.
 */
#pragma once

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/mem.h"

static char *tmpdir;

static inline __attribute__((unused)) void tmpdir_make(void)
{
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-unit-", &tmpdir, NULL), 0);
}

static inline __attribute__((unused)) void tmpdir_remove(void)
{
	cr_assert_eq(kt_fs_remove_tree(tmpdir, NULL), 0);
	free(tmpdir);
	tmpdir = NULL;
}

/* Path of NAME inside; one of eight buffers in turn, so that a call may use several. */
static inline __attribute__((unused)) const char *in_tmp(const char *name)
{
	static char paths[8][4096];
	static unsigned turn;
	char *path = paths[turn++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", tmpdir, name);
	return path;
}

static inline __attribute__((unused)) void put_file(const char *name, const char *text)
{
	cr_assert_eq(kt_fs_replace(in_tmp(name), text, strlen(text), NULL), 0);
}

/* Whether file NAME holds exactly TEXT. */
static inline __attribute__((unused)) bool file_is(const char *name, const char *text)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	return !kt_fs_read(in_tmp(name), 1 << 20, &s, NULL) && !strcmp(kt_str_get(&s), text);
}
