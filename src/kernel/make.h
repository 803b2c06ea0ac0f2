/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the commands of a kernel build one after the other: output goes to the log, lines are
 * counted for progress, a cancel flag or our own death ends the command with everything it
 * started. build_tree.c gives the commands.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* What a waiting person is told. */
struct kt_kernel_progress {
	const char *phase; /* "waiting", "unpacking", "configuring", "compiling", "storing" */
	uint64_t steps;	   /* files compiled or linked so far */
	uint64_t expected; /* how many there will be, remembered or estimated; never below steps */
	uint64_t elapsed_ms;
};

typedef void kt_kernel_progress_fn(void *arg, const struct kt_kernel_progress *p);

#define KT_KMAKE_LINE_BYTES 256

/* Open data: the builder fills the first part, zero bytes are fine for the second. */
struct kt_kmake {
	int log_fd;
	const char *log_path;
	const volatile sig_atomic_t *cancel; /* NULL: never */
	kt_kernel_progress_fn *progress;     /* NULL: kt_log() every few seconds */
	void *progress_arg;
	int lock_fd; /* kept, when we are killed, until the command has been ended; 0: none */
	uint64_t started_ns;
	uint64_t expected; /* steps */

	const char *phase;
	bool counting; /* steps, set while compiling */
	uint64_t steps;
	uint64_t reported_ns;
	char line[KT_KMAKE_LINE_BYTES]; /* unfinished line of output */
	unsigned line_bytes;
	char first_error[KT_KMAKE_LINE_BYTES];
};

/* Enter a phase and say so. */
void kt_kmake_phase(struct kt_kmake *m, const char *phase);
/* Say how far it is, if nothing was said for a while. */
void kt_kmake_report(struct kt_kmake *m);
/* -EINTR once the cancel flag is set. */
int kt_kmake_cancelled(const struct kt_kmake *m, struct kt_err *err);
/*
 * Run ARGV in CWD to its end. A failure holds the first error and the last lines it said, and
 * the path of the log; -EINTR when cancelled: then nothing it started runs any more.
 */
int kt_kmake_run(struct kt_kmake *m, const char *const *argv, const char *cwd, struct kt_err *err);
