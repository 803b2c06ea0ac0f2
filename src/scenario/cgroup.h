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
	const char *mount; /* "/sys/fs/cgroup", or the cgroup that stands for it */
	const char *root;  /* the scenario's folder below it, such as "ktstr" */
	const char *spill; /* folder below it where tasks left behind go; NULL: its root */
	const struct kt_scenario_cgroup_io *io;
	void (*on_note)(void *arg, const char *text); /* what was tolerated */
	void *arg;				      /* of io and on_note */
};

/*
 * Make the scenario's folder and enable CONTROLLERS (a mask of knob.h) from the mount down into
 * it; of none only the folder is made. With KT_CONTROLLERS_THREADED its cgroups are threaded.
 */
int kt_scenario_cgroup_setup(
	const struct kt_scenario_cgroups *g, unsigned controllers, struct kt_err *err);
/* Remove the scenario's folder, which must have no cgroups any more. Missing is fine. */
int kt_scenario_cgroup_teardown(const struct kt_scenario_cgroups *g, struct kt_err *err);
/* Enable CONTROLLERS in the mount's root and in the scenario's folder. */
int kt_scenario_cgroup_enable(
	const struct kt_scenario_cgroups *g, unsigned controllers, struct kt_err *err);

int kt_scenario_cgroup_add(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err);
/* The cgroup's folder, for starting a process in it. */
int kt_scenario_cgroup_open(
	const struct kt_scenario_cgroups *g, const char *name, int *ret_fd, struct kt_err *err);
/*
 * Make NAME and the cgroups above it threaded, so that threads of one process can be in
 * different ones. Refused by the kernel once tasks are in the scenario, or memory or io is
 * enabled in it.
 */
int kt_scenario_cgroup_make_threaded(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err);
/*
 * Unfreeze it, move tasks that are still there away (spill), remove it. Missing is fine.
 */
int kt_scenario_cgroup_remove(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err);
/* Only the part about tasks. */
int kt_scenario_cgroup_drain(
	const struct kt_scenario_cgroups *g, const char *name, struct kt_err *err);

/* Write a knob's file, such as "memory.max", enabling its controller above NAME first. */
int kt_scenario_cgroup_write(const struct kt_scenario_cgroups *g, const char *name,
	const char *file, const char *value, struct kt_err *err);
/*
 * Write cpuset.cpus, as above. CPUS NULL clears; where the kernel refuses that because of the
 * cgroup's tasks, it gets the CPUs its parent has now.
 */
int kt_scenario_cgroup_set_cpuset(const struct kt_scenario_cgroups *g, const char *name,
	const struct kt_cpus *cpus, struct kt_err *err);
/* cpuset.cpus as it stands in the file: empty when the cgroup has none of its own. */
int kt_scenario_cgroup_read_cpuset(const struct kt_scenario_cgroups *g, const char *name,
	struct kt_cpus *ret, struct kt_err *err);

/*
 * Processes with all their threads. Tasks that are gone are counted and noted; what is busy is
 * tried again for 300 ms. A cgroup whose nested ones are all gone takes back their controllers.
 */
int kt_scenario_cgroup_move(const struct kt_scenario_cgroups *g, const char *name,
	const pid_t *pids, size_t count, struct kt_err *err);
/* Threads one by one; NAME becomes threaded. */
int kt_scenario_cgroup_move_threads(const struct kt_scenario_cgroups *g, const char *name,
	const pid_t *tids, size_t count, struct kt_err *err);
/* The processes in NAME itself; *ret_pids is malloced, NULL when there are none. */
int kt_scenario_cgroup_read_procs(const struct kt_scenario_cgroups *g, const char *name,
	pid_t **ret_pids, size_t *ret_count, struct kt_err *err);
/* Again is fine. Waits 500 ms for the last task to be frozen, then notes that not all are. */
int kt_scenario_cgroup_freeze(
	const struct kt_scenario_cgroups *g, const char *name, bool on, struct kt_err *err);
