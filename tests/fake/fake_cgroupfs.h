/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cgroup2 mount made of ordinary files in a temporary folder. It plays the kernel where
 * the code under test depends on it: new cgroups get their files, writing a pid to
 * cgroup.procs takes it out of the cgroup it was in, enabling a controller makes its files
 * appear in the children, what is made below a threaded cgroup is invalid, a cgroup with tasks
 * or children cannot be removed.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "scenario/cgroup.h"

struct fake_cgroupfs {
	struct kt_scenario_cgroups g;
	struct kt_scenario_cgroup_io io;
	char *dir;
	/* A write (of fail_value, unless NULL) to a path that ends with fail_file fails. */
	const char *fail_file, *fail_value;
	int fail_errno;
	unsigned fail_times;
	bool freezes_never; /* frozen tasks are not seen to be */
	unsigned writes;    /* attempts in all */
	unsigned pauses;
	struct kt_str notes; /* one per line */
	struct kt_str text;  /* of fake_cgroupfs_read() */
};

/* The root offers the controllers of the list, such as "cpuset cpu memory". */
void fake_cgroupfs_init(struct fake_cgroupfs *f, const char *controllers);
void fake_cgroupfs_done(struct fake_cgroupfs *f);
/* The content of a file below the mount, "(missing)" when there is none; owned by F. */
const char *fake_cgroupfs_read(struct fake_cgroupfs *f, const char *path);
/* Append to a file below the mount, such as a task that is already there. */
void fake_cgroupfs_append(struct fake_cgroupfs *f, const char *path, const char *text);
bool fake_cgroupfs_exists(const struct fake_cgroupfs *f, const char *path);
