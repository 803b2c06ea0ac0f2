/* SPDX-License-Identifier: GPL-2.0-only */
/* How the code about host cgroups reaches their files: the real ones, or a test's. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

#define KT_RUN_HOST_MODE 01755 /* of a cgroup that a run makes */

/*
 * Each returns 0 or -errno. A memo is a text that stays with a cgroup while it exists, so that
 * it can be read when its owner is dead (an extended attribute).
 */
struct kt_run_host_io {
	void *arg;
	int (*make_dir)(void *arg, const char *path); /* with the mark */
	int (*remove_dir)(void *arg, const char *path);
	int (*write)(void *arg, const char *path, const char *text);
	int (*set_memo)(void *arg, const char *dir, const char *text);
	int (*get_memo)(void *arg, const char *dir, struct kt_str *out);
};

/*
 * Whether a run has made that cgroup, and as this user: it has the sticky bit, which means
 * nothing to cgroups, and which mkdir() sets at once, so that no moment to be killed is without.
 */
bool kt_run_host_io_is_made(const char *path);

extern const struct kt_run_host_io kt_run_host_io_real;
