/* SPDX-License-Identifier: GPL-2.0-only */
/* What all tests of one run share: the selected tests, accelerator, kernel, initramfs, folders. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "kernel/find.h"
#include "registry/registry.h"
#include "run/design.h"
#include "run/host_topo.h"
#include "run/image.h"
#include "run/include.h"
#include "results/results.h"
#include "run/payload.h"
#include "run/run.h"
#include "softkvm/accel.h"

/* Why the machine outside chose softkvm, for the results written inside. */
#define KT_RUN_REASON_ENV "KTSTR_ACCEL_REASON"

struct kt_run_session {
	const struct kt_run_options *o;
	struct kt_registry tests; /* the selected ones */
	struct kt_accel accel;
	struct kt_kernel *kernel;
	struct kt_run_includes includes; /* with the files of payloads */
	struct kt_run_payloads payloads; /* of the selected tests */
	struct kt_run_image image;
	char *self;	  /* path of this program */
	char *cache_dir;  /* absolute */
	char *output_dir; /* absolute */
	char *command;	  /* the command line as text */
	char *append;	  /* --append as one line, NULL: none */
	struct kt_results *results;
	bool has_guests;	       /* not all selected tests are host_only */
	struct kt_run_host_topo *host; /* NULL: no selected test is */
	uint64_t kernel_ms, image_ms;  /* what preparing them took */
};

/* The tests that the options select, with only o set in S. -errno when there are none. */
int kt_run_session_select(struct kt_run_session *s, struct kt_err *err);

/* Two reports must not be written to one file. */
int kt_run_session_reports(const struct kt_run_session *s, struct kt_err *err);

/* The parts of preparing a run, in the order of their cost. Each 0 or -errno. */
int kt_run_session_folders(struct kt_run_session *s, struct kt_err *err);
int kt_run_session_includes(struct kt_run_session *s, struct kt_err *err);
int kt_run_session_accel(struct kt_run_session *s, struct kt_err *err);
int kt_run_session_kernel(struct kt_run_session *s, struct kt_err *err);
/* This machine, where a selected test is host_only; nothing elsewhere. */
int kt_run_session_host(struct kt_run_session *s, struct kt_err *err);
/* All of them: everything that needs no machine. */
int kt_run_session_begin(struct kt_run_session *s, struct kt_err *err);
/* Make the initramfs; where machines are really run, or shown. */
int kt_run_session_image(struct kt_run_session *s, struct kt_err *err);
void kt_run_session_done(struct kt_run_session *s);

/* Begin the run's folder, or go on in the one that was begun outside of this machine. */
int kt_run_session_results(struct kt_run_session *s, struct kt_err *err);

/* The plan of TEST under the session's options, for its REPEAT-th run; not of a host_only one. */
int kt_run_session_plan(const struct kt_run_session *s, const struct ktstr_test *test,
	unsigned repeat, struct kt_plan **ret, struct kt_err *err);
/*
 * The machine for PLAN; the image may be a guess, and without a kernel its path is NULL.
 * -ENOTSUP: the kernel lacks what the test asks of it, which is a reason to skip it.
 */
int kt_run_session_design(const struct kt_run_session *s, const struct kt_plan *plan,
	const struct kt_run_image *image, struct kt_run_design *ret, struct kt_err *err);

/*
 * Run the same command line again in a softkvm machine that is large enough, with the kernel
 * resolved and the reports opened here. *ret_status is its exit status.
 */
int kt_run_session_reenter(struct kt_run_session *s, int *ret_status, struct kt_err *err);
