/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One test in one machine: boots it, follows the guest's frames from stage to stage with a
 * deadline for each, measures what the host kept from it, and fills the outcome. Judges
 * nothing.
 */
#pragma once

#include "report/outcome.h"
#include "run/budget.h"
#include "run/image.h"
#include "scenario/plan.h"

struct kt_run_machine_config {
	const struct kt_plan *plan;
	const char *kernel_path;
	const struct kt_run_image *image;
	double speed_mips;
	uint64_t timeout_ms; /* of the whole test; 0: computed */
	bool verbose;	     /* the kernel says more on the console */
};

/*
 * Run to the machine's end; everything learnt is in OUTCOME, whose end is always set. Errors
 * of the harness are an end of their own, not a return value.
 */
void kt_run_machine(const struct kt_run_machine_config *config, struct kt_outcome *outcome);

/* End the machine that runs, if one does, as interrupted by the user. Any thread. */
void kt_run_machine_interrupt(void);
