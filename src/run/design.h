/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine a test is to get: everything that follows from its plan, the kernel and the
 * options. Built without KVM, so that it can be shown before anything boots.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "run/budget.h"
#include "run/image.h"
#include "run/run.h"
#include "scenario/plan.h"

struct kt_run_design {
	const struct kt_plan *plan; /* borrowed */
	const char *kernel_path;    /* borrowed */
	bool kaslr;
	unsigned cpus;
	uint64_t ram_bytes;
	char *cmdline; /* the harness's words, then the user's: without the monitor's own */
	struct kt_run_budget budget;
};

struct kt_run_design_input {
	const struct kt_run_options *o;
	const struct kt_plan *plan;
	const char *kernel_path;
	const struct kt_run_image *image;
	double speed_mips;		       /* 0: unknown */
	double kernel_slowness, kernel_memory; /* factors of its kind of build; 0 counts as 1 */
};

/* 0 or -errno. */
int kt_run_design_make(
	const struct kt_run_design_input *in, struct kt_run_design *ret, struct kt_err *err);
void kt_run_design_done(struct kt_run_design *d);
