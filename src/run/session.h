/* SPDX-License-Identifier: GPL-2.0-only */
/* What all tests of one run share: accelerator, kernel, initramfs, folders, tally. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "kernel/find.h"
#include "registry/registry.h"
#include "report/verdict.h"
#include "run/image.h"
#include "run/run.h"
#include "softkvm/accel.h"

struct kt_run_session {
	const struct kt_run_options *o;
	struct kt_registry tests; /* the selected ones */
	struct kt_accel accel;
	struct kt_kernel *kernel;
	struct kt_run_image image;
	char *self;		      /* path of this program */
	char *cache_dir;	      /* absolute */
	char *output_dir;	      /* absolute */
	char *command;		      /* the command line as text */
	uint64_t kernel_ms, image_ms; /* what preparing them took */
	struct kt_verdict_tally tally;
	unsigned booted; /* machines that said hello */
};

/* The tests that the options select, with only o set in S. -errno when there are none. */
int kt_run_session_select(struct kt_run_session *s, struct kt_err *err);
/* Find or build everything that needs no machine. 0 or -errno. */
int kt_run_session_begin(struct kt_run_session *s, struct kt_err *err);
void kt_run_session_done(struct kt_run_session *s);

/*
 * Run the same command line again in a softkvm machine, with the kernel resolved here.
 * *ret_status is its exit status.
 */
int kt_run_session_reenter(struct kt_run_session *s, int *ret_status, struct kt_err *err);

/* Make the initramfs; only where machines are really run. */
int kt_run_session_prepare(struct kt_run_session *s, struct kt_err *err);
