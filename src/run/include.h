/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What --include and the payloads of tests ask for, as a list of files with their places in the
 * guest: folders walked, and for each program the loader, shared libraries or interpreter
 * without which it would not start there. Nothing is copied here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

#define KT_RUN_INCLUDE_FILES_MAX 20000u
#define KT_RUN_INCLUDE_DEPTH_MAX 32u

struct kt_run_include_file {
	char *host;  /* absolute */
	char *guest; /* without the leading '/' */
	char *why;   /* "--include", "library of usr/bin/perl" */
	uint64_t bytes;
};

/* Where the program of a payload is in the guest. */
struct kt_run_include_program {
	char *program; /* as the test says it */
	char *guest;   /* absolute */
};

/* Zero bytes are an empty list. */
struct kt_run_includes {
	KT_VEC(struct kt_run_include_file) files;
	KT_VEC(struct kt_run_include_program) programs;
	const char *asker; /* who asks now, for messages; NULL: "--include" */
};

/*
 * Resolve COUNT values of --include: FILE, FILE=PATH, or FILE=FOLDER/. Libraries are those that
 * the program's own loader names. 0 or -errno: what is missing, or has no place in a guest.
 */
int kt_run_includes_resolve(
	const char *const *specs, size_t count, struct kt_run_includes *ret, struct kt_err *err);
/*
 * One file or folder more, at the place GUEST (without the leading '/'), for list->asker. In
 * folders what is neither a file nor a folder is left out. What is there already from the same
 * file is fine; from another it is -EEXIST.
 */
int kt_run_includes_add(
	struct kt_run_includes *list, const char *host, const char *guest, struct kt_err *err);
/* Whether a guest would hide a file at GUEST under a mount or files of its own. */
bool kt_run_include_is_hidden(const char *guest);
void kt_run_includes_done(struct kt_run_includes *list);
