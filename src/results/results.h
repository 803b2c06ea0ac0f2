/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The results of one run, in a folder of its own: DIR/2026-11-24T133239-01/, with run.json
 * about the run and the files of each test. DIR/latest is a link to the run that began last.
 * While its process lives the run's folder is locked, so that whoever cleans up knows.
 * Calls for one run must not overlap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "report/outcome.h"
#include "report/verdict.h"

/* Internal: the run's folder, for the program inside a machine that the run brought. */
#define KT_RESULTS_ENV	  "KTSTR_RUN_DIR"
#define KT_RESULTS_LATEST "latest"

struct kt_results;

/* What run.json says from the start; NULL: not known. */
struct kt_results_config {
	const char *program, *command;
	const char *accel_name, *accel_reason;
	const char *kernel_id, *kernel_path, *kernel_kind;
	uint64_t seed;
	size_t total; /* tests, repeats included */
};

/*
 * Whether results can be written to DIR; leaves nothing behind. Cheap: for before a kernel is
 * built. 0 or -errno.
 */
int kt_results_check(const char *dir, struct kt_err *err);
/*
 * Make the run's folder in DIR, made where it is missing, lock it, write run.json and link
 * "latest" to it; remove temporary files of runs that died. For before anything boots. A link
 * that cannot be made is only logged.
 */
int kt_results_begin(const char *dir, const struct kt_results_config *config,
	struct kt_results **ret, struct kt_err *err);
/*
 * Go on in the folder that the program outside this machine has begun, without lock or link.
 * That program must end with kt_results_settle().
 */
int kt_results_adopt(const char *run_dir, struct kt_results **ret, struct kt_err *err);

const char *kt_results_path(const struct kt_results *r); /* of the run's folder; borrowed */

/*
 * Store one test, and name it in run.json: at once while the run has few tests, later at most
 * once a second, since run.json is written whole. What it does not name yet when a run dies is
 * found by its file, here and by kt_results_runs_read(). After -errno the run can go on:
 * run.json then says that this test has no file, as soon as it can be written again.
 */
int kt_results_add(struct kt_results *r, const struct kt_outcome *o, const struct kt_verdict *v,
	struct kt_err *err);
/* The run is over: with that exit status, or because the user ended it. */
int kt_results_end(struct kt_results *r, bool interrupted, int exit_status, struct kt_err *err);
/*
 * Outside a machine that has ended: take what the program inside has written, remove its
 * temporary files, and end the run in its place where it could not. It then was interrupted
 * when EXIT_STATUS is that of SIGINT, SIGTERM or SIGHUP, and has died when it is that of another
 * signal, or with the MACHINE_DIED. EXIT_STATUS is what the program outside will end with.
 */
int kt_results_settle(struct kt_results *r, bool machine_died, int exit_status, struct kt_err *err);
/* Releases the lock. A run that was not ended looks like one that died. NULL is fine. */
void kt_results_free(struct kt_results *r);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_results, kt_results_free);
