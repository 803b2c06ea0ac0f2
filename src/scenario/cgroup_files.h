/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of a cgroup, one at a time: paths, writes that are tried again while the kernel is
 * busy, small reads, and the error that says what a refused write needs. Between the
 * cgroup*.c of this folder only. NAME is relative to the scenario's folder, "" is that folder
 * and NULL the root of the mount.
 */
#pragma once

#include <limits.h>

#include "base/str.h"
#include "scenario/cgroup.h"

#define KT_CGROUP_BUSY_TRIES	4 /* the first and three more */
#define KT_CGROUP_BUSY_PAUSE_MS 100

const struct kt_scenario_cgroup_io *kt_scenario_io_of(const struct kt_scenario_cgroups *g);
void kt_scenario_note(const struct kt_scenario_cgroups *g, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int kt_scenario_fail_memory(struct kt_err *err);

/* Of FILE, or of the folder itself when FILE is NULL. */
int kt_scenario_path_of(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	char ret[PATH_MAX], struct kt_err *err);

/* Again while the kernel says EBUSY. 0 or -errno; nothing is recorded. */
int kt_scenario_try_write(const struct kt_scenario_cgroups *g, const char *path, const char *value);
/* The error of a write of VALUE to PATH in cgroup NAME that was refused with ERRNUM. */
int kt_scenario_fail_write(const struct kt_scenario_cgroups *g, const char *name, const char *path,
	const char *value, int errnum, struct kt_err *err);
int kt_scenario_write_file(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	const char *value, struct kt_err *err);

int kt_scenario_read_file(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	struct kt_str *ret, struct kt_err *err);
/* Whether WORD is one of the words of the file. */
int kt_scenario_file_has(const struct kt_scenario_cgroups *g, const char *name, const char *file,
	const char *word, bool *ret, struct kt_err *err);
/* Whether the folder has cgroups nested in it; what cannot be read has none. */
bool kt_scenario_has_nested(const struct kt_scenario_cgroups *g, const char *name);

/* The cgroup NAME is nested in: "" for one of the scenario's folder, NULL for that folder. */
struct kt_scenario_parent {
	char text[PATH_MAX];
	const char *name; /* text or NULL */
};
void kt_scenario_parent_of(const char *name, struct kt_scenario_parent *ret);
