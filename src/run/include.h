/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What --include asks for, as a list of files with their places in the guest: folders walked,
 * and for each program the loader, shared libraries or interpreter without which it would not
 * start there. Nothing is copied here.
 */
#pragma once

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

/* Zero bytes are an empty list. */
struct kt_run_includes {
	KT_VEC(struct kt_run_include_file) files;
};

/*
 * Resolve COUNT values of --include: FILE, FILE=PATH, or FILE=FOLDER/. Libraries are those that
 * the program's own loader names. 0 or -errno: what is missing, or has no place in a guest.
 */
int kt_run_includes_resolve(
	const char *const *specs, size_t count, struct kt_run_includes *ret, struct kt_err *err);
void kt_run_includes_done(struct kt_run_includes *list);
