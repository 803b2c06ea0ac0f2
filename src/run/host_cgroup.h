/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroups of one host_only test on the machine it runs on:
 *
 *	PARENT			locked while a test runs in it: they take turns
 *	  run-PID-START		the test's folder, locked by its owner
 *	    own			the scenario's process, and what it starts outside of its cgroups
 *	    test/cgroups	those of the scenario; may be threaded, with no process beside them
 *
 * Controllers that are off above the folder are turned on for the test and off again after it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "run/host_io.h"
#include "run/host_left.h"
#include "run/host_place.h"

#define KT_RUN_HOST_OWN	 "own"
#define KT_RUN_HOST_TEST "test"
#define KT_RUN_HOST_ROOT "cgroups"

struct kt_run_host_cgroup {
	const struct kt_run_host_io *io;
	char mount[PATH_MAX];  /* of cgroup2 */
	char parent[PATH_MAX]; /* below it */
	char dir[PATH_MAX];    /* "": there is none */
	int parent_fd, dir_fd; /* hold the locks; -1: none */
	struct kt_str memo;
	struct kt_run_host_ended ended; /* with the notes of what was done and could not be */
};

struct kt_run_host_cgroup_config {
	const struct kt_run_host_place *place;
	const char *const *controllers;	 /* names, NULL at the end */
	const struct kt_run_host_io *io; /* NULL: the real files */
	const char *proc;		 /* NULL: "/proc" */
	uint64_t deadline_ns;		 /* until when to wait for the turn */
	bool (*stopped)(void);		 /* ends the wait; may be NULL */
};

/*
 * Wait for the turn, end what dead runs have left, make the folder, turn on what is off.
 * *RET is to be ended in every case. 0, -EBUSY when the turn did not come, or -errno.
 */
int kt_run_host_cgroup_make(const struct kt_run_host_cgroup_config *config,
	struct kt_run_host_cgroup *ret, struct kt_err *err);
/* Move the calling process into the folder's own part. */
int kt_run_host_cgroup_enter(const struct kt_run_host_cgroup *h, struct kt_err *err);
/* End the folder with all that is in it, and give the turn on. The notes are in H->ended. */
int kt_run_host_cgroup_end(struct kt_run_host_cgroup *h, struct kt_err *err);
void kt_run_host_cgroup_done(struct kt_run_host_cgroup *h);
