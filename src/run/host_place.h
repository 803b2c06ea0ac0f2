/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where on this machine host_only tests may make their cgroups: below a folder of their own in
 * the cgroup v2 hierarchy, wherever that is mounted and whoever has delegated it.
 */
#pragma once

#include <limits.h>

#include "base/err.h"

#define KT_RUN_HOST_ENV "KTSTR_HOST_CGROUP"

struct kt_run_host_place {
	char mount[PATH_MAX];  /* of cgroup2 */
	char parent[PATH_MAX]; /* below it; may not be there yet */
};

/*
 * PROC is "/proc", or a test's copy. WANTED is the user's choice of the parent, NULL or "":
 * MOUNT/ktstr, or, where this user may write nothing at MOUNT, the folder ktstr in the cgroup
 * of this process, if that was delegated. 0 or -errno with what to do on such a machine.
 */
int kt_run_host_place_find(
	const char *proc, const char *wanted, struct kt_run_host_place *ret, struct kt_err *err);
/*
 * Whether the hierarchy has CONTROLLERS (names, NULL at the end). The error says which is
 * missing, and where it is mounted as cgroup v1.
 */
int kt_run_host_place_check(const char *proc, const struct kt_run_host_place *place,
	const char *const *controllers, struct kt_err *err);

/* Whether WORD is one of the words of the small file DIR/FILE. 0 or -errno. */
int kt_run_host_file_has(
	const char *dir, const char *file, const char *word, bool *ret, struct kt_err *err);
