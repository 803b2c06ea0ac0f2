/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running tests: from what the user asked for to an exit status. The program layer parses
 * options and prints through the sinks given here; everything else happens below.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "kernel/make.h"
#include "softkvm/accel.h"
#include "topo/model.h"

enum kt_run_format {
	KT_RUN_FORMAT_TEXT,
	KT_RUN_FORMAT_JSON, /* one object per test, one after the other */
};

struct kt_run_options {
	const char *const *filters; /* globs, '!' excludes */
	size_t filter_count;
	const char *kernel;		 /* id or path, a place inside argv; NULL: find one */
	bool build_kernel;		 /* build the default kernel when there is none */
	kt_kernel_progress_fn *progress; /* of that build; NULL: kt_log() */
	void (*progress_end)(void);	 /* NULL: nothing to do */
	enum kt_accel_mode accel;
	struct kt_topo topo;  /* nodes 0: each test's own */
	uint64_t duration_ms; /* 0: each test's own */
	uint64_t timeout_ms;  /* of one test, from boot to shutdown together; 0: computed */
	const char *output_dir;
	enum kt_run_format format;
	bool verbose;

	/* The whole command line, for running it again inside a softkvm machine. */
	int argc;
	char **argv;
	FILE *out; /* reports */
	FILE *log; /* progress and diagnostics */
};

/*
 * What this process is. PID 1 of a test guest or of a softkvm machine never returns; every
 * other process returns at once.
 */
void kt_run_enter_role(void);

enum {
	KT_RUN_STATUS_HARNESS = 3, /* could not run */
	KT_RUN_STATUS_USAGE = 64,  /* the selection is empty; as sysexits' EX_USAGE */
};

/* Print the selected tests: name, topology, duration, description. As kt_run_tests(). */
int kt_run_list(const struct kt_run_options *o, int *ret_status, struct kt_err *err);

/*
 * Run the selected tests. *ret_status, set in every case, is the exit status of the verdicts
 * (0, 1, 2, 3), 128 + N when signal N ended the run, or one of the above with -errno.
 */
int kt_run_tests(const struct kt_run_options *o, int *ret_status, struct kt_err *err);
