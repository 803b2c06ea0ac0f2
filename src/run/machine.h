/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One test in one machine: boots it, follows the guest's frames from stage to stage with a
 * deadline for each, measures what the host kept from it, and fills the outcome. Judges
 * nothing.
 */
#pragma once

#include "report/outcome.h"
#include "run/design.h"
#include "vmm/vm.h"

struct kt_run_machine_config {
	const struct kt_run_design *design;
	const struct kt_run_image *image;

	/* Each may be NULL. The first two come from threads of the machine, one at a time. */
	void *arg;
	void (*on_stage)(void *arg, enum kt_outcome_stage stage);
	void (*on_console)(void *arg, const void *data, size_t bytes); /* must not wait */
	/* The outcome is complete, and the machine's memory and registers are still there. */
	void (*on_end)(void *arg, struct kt_vm *vm);
};

/*
 * Run to the machine's end; everything learnt is in OUTCOME, whose end is always set. Errors
 * of the harness are an end of their own, not a return value. Any number of threads may run
 * machines of their own.
 */
void kt_run_machine(const struct kt_run_machine_config *config, struct kt_outcome *outcome);

/* End all machines that run, as interrupted by the user. Any thread. */
void kt_run_machine_interrupt(void);
