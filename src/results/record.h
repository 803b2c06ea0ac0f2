/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of one run as a whole: the file run.json of its folder, written by results.c
 * and read back by whoever lists runs. Plain data; texts are owned, NULL where not known.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "report/verdict.h"

#define KT_RESULTS_SCHEMA 1u
#define KT_RESULTS_FILE	  "run.json"

enum kt_results_state {
	KT_RESULTS_RUNNING, /* or it died: the file alone cannot tell */
	KT_RESULTS_FINISHED,
	KT_RESULTS_INTERRUPTED, /* by the user */
	KT_RESULTS_DIED,	/* and somebody who outlived it has said so */
	KT_RESULTS_STATE_COUNT
};

struct kt_results_test {
	char *name;
	unsigned repeat, repeats; /* from 1 */
	enum kt_verdict_kind verdict;
	bool interrupted; /* has no verdict of its own, and does not count */
	char *file;	  /* inside the run's folder; NULL: it could not be stored */
};

/* Zero bytes are an empty record. */
struct kt_results_record {
	enum kt_results_state state;
	char *program, *command;
	char *started, *ended; /* RFC 3339, in UTC */
	char *host, *boot_id;  /* of the kernel that runs the monitor, or the machine outside */
	char *accel_name, *accel_reason;
	char *kernel_id, *kernel_path, *kernel_kind;
	uint64_t seed;
	int exit_status; /* once it has ended */
	size_t total;	 /* tests that were to be run, repeats included */
	unsigned booted; /* kernels that reached the hello frame */
	KT_VEC(struct kt_results_test) tests;
};

void kt_results_record_done(struct kt_results_record *rec);
const char *kt_results_state_name(enum kt_results_state state); /* "running" */

/* Of the tests that count. */
struct kt_verdict_tally kt_results_record_tally(const struct kt_results_record *rec);
size_t kt_results_record_not_run(const struct kt_results_record *rec);

/* The members of the object; run is the name of the folder. */
void kt_results_record_json(
	const struct kt_results_record *rec, const char *run, struct kt_str *out);
/* run.json of folder RUN_DIR. -ENOENT when there is none, -EINVAL when it is not one of ours. */
int kt_results_record_read(const char *run_dir, struct kt_results_record *ret, struct kt_err *err);
