/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroup v2 files of one scenario: a folder of its own below a cgroup2 mount, and the
 * cgroups in it. Names are relative to that folder. Called by the guest's environment; hides
 * which files there are, which controllers they need, and what the kernel refuses for a
 * moment only. Every loop is bounded and so is every wait.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cpumask.h"
#include "base/err.h"

/* How the files are reached: the real ones, or a test's. Each returns 0 or -errno. */
struct kt_scenario_cgroup_io {
	int (*make_dir)(void *arg, const char *path);
	int (*remove_dir)(void *arg, const char *path);
	int (*write)(void *arg, const char *path, const char *text);
	void (*pause)(void *arg, unsigned ms);
};

/* Zero io and on_note are fine. */
struct kt_scenario_cgroups {
	const char *mount; /* "/sys/fs/cgroup"; tasks left behind go to its root */
	const char *root;  /* the scenario's folder below it, such as "ktstr" */
	const struct kt_scenario_cgroup_io *io;
	void (*on_note)(void *arg, const char *text); /* what was tolerated */
	void *arg;				      /* of io and on_note */
};

/* Make the scenario's folder; with NEEDS_CPUSET enable cpuset from the mount down into it. */
int kt_scenario_cgroup_setup(
	const struct kt_scenario_cgroups *g, bool needs_cpuset, struct kt_err *err);
/* Remove the scenario's folder, which must have no cgroups any more. Missing is fine. */
int kt_scenario_cgroup_teardown(const struct kt_scenario_cgroups *g, struct kt_err *err);

int kt_scenario_cgroup_add(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err);
/* Tasks that are still there go to the mount's root first. Missing is fine. */
int kt_scenario_cgroup_remove(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err);
/*
 * Write cpuset.cpus, enabling the controller for a nested cgroup. CPUS NULL clears; where the
 * kernel refuses that because of the cgroup's tasks, it gets the CPUs its parent has now.
 */
int kt_scenario_cgroup_set_cpuset(const struct kt_scenario_cgroups *g, const char *name,
	const struct kt_cpus *cpus, struct kt_err *err);
/* Tasks that are gone are counted and noted; what is busy is tried again for 300 ms. */
int kt_scenario_cgroup_move(const struct kt_scenario_cgroups *g, const char *name,
	const pid_t *pids, size_t count, struct kt_err *err);
