/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder in which each run has one of its own: which there are, whether they are alive,
 * and their removal. Everything that changes the set of runs holds the folder's lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/lock.h"
#include "base/vec.h"
#include "results/record.h"

#define KT_RESULTS_LOCK	 ".lock"   /* in the folder of all runs, and in that of each */
#define KT_RESULTS_PROBE ".probe-" /* starts the names of folders made to see whether one can */

/* Whether a process still works on a run. */
enum kt_results_life {
	KT_LIFE_ALIVE,	/* its lock is held */
	KT_LIFE_ENDED,	/* it said so, or it died */
	KT_LIFE_UNKNOWN /* it began in another machine, whose locks are not seen here */
};

struct kt_results_run {
	char *name; /* of the folder, "2026-11-24T133239-01" */
	char *path;
	enum kt_results_life life;
	bool has_record;
	struct kt_results_record record; /* with the tests that run.json does not name yet */
	char *why_not;			 /* without a record: the reason */
	uint64_t bytes;			 /* of its files */
};

/* Newest first. */
struct kt_results_runs {
	KT_VEC(struct kt_results_run) list;
};

/* "running", "finished", "interrupted", "died", "unknown" or "damaged". */
const char *kt_results_run_state(const struct kt_results_run *run);

/* It died before it had a run.json: in its folder is nothing that is not ours. */
bool kt_results_run_is_stillborn(const struct kt_results_run *run);

/* A DIR that is not there has no runs. */
int kt_results_runs_read(const char *dir, struct kt_results_runs *ret, struct kt_err *err);
void kt_results_runs_done(struct kt_results_runs *runs);

/* Keeps others from making and removing runs; 0 with *ret NULL where there are no locks. */
int kt_results_dir_lock(const char *dir, struct kt_lock **ret, struct kt_err *err);
/* A new, empty folder for a run that begins now; the lock is held. *ret_name is malloced. */
int kt_results_dir_make(const char *dir, char **ret_name, struct kt_err *err);
/* Replace DIR/latest by a relative link to NAME; the lock is held. */
int kt_results_dir_link(const char *dir, const char *name, struct kt_err *err);
/* Remove the temporary files in the folder of a run whose process is gone. */
void kt_results_dir_sweep_run(const char *run_dir);
/* Remove temporary files, probes and empty runs that outlived their makers; the lock is held. */
void kt_results_dir_sweep(const char *dir);
