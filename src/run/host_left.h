/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ending the folder of a host_only test: by its owner when the test is over, and by the next
 * run when the owner was killed. Its processes are killed, what its owner changed is taken back
 * by the memo it left, and its cgroups are removed: whoever is killed meanwhile leaves the memo
 * for the next. Cgroups above the folder that a run has made carry a mark (run/host_io.h), which
 * needs no memo.
 *
 * Lines of a memo, oldest first; they are undone newest first:
 *	on CONTROLLER PATH	the controller was enabled for the children of PATH
 *	left PID PATH		process PID went from PATH into PATH/KT_RUN_HOST_ASIDE
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "run/host_io.h"

#define KT_RUN_HOST_ASIDE "ktstr-runner"

struct kt_run_host_ended {
	unsigned killed;     /* processes that were still there */
	struct kt_str notes; /* lines about what could not be taken back */
};
void kt_run_host_ended_done(struct kt_run_host_ended *e);

/* "run-PID-START" for the process PID, of which PROC ("/proc") tells the start. Malloced. */
char *kt_run_host_left_name(const char *proc, int pid);
/* Whether the owner of that folder lives: its pid and start, or its lock, say so. */
bool kt_run_host_left_is_owned(const char *proc, const char *parent, const char *name);

/* End the folder DIR. What it says in ENDED is added to what is there. 0 or -errno. */
int kt_run_host_left_end(const struct kt_run_host_io *io, const char *dir,
	struct kt_run_host_ended *ended, struct kt_err *err);
/* Remove PARENT, if it is there, and what is above it, as far as runs made it and none uses it. */
void kt_run_host_left_remove_made(const struct kt_run_host_io *io, const char *parent);
/* End all folders in PARENT whose owner is dead; *RET says how many. 0 or -errno of the first. */
int kt_run_host_left_sweep(const struct kt_run_host_io *io, const char *proc, const char *parent,
	unsigned *ret, struct kt_run_host_ended *ended, struct kt_err *err);
