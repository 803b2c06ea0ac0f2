/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One host_only test: its scenario in a process and in cgroups of this machine, its frames and
 * its output, and what the machine's kernel complained of meanwhile, in an outcome as machine.c
 * fills it. Judges nothing.
 */
#pragma once

#include "report/outcome.h"
#include "run/host_topo.h"
#include "scenario/plan.h"

struct kt_run_host_test_config {
	const struct kt_plan *plan; /* for the topology of HOST */
	const struct kt_run_host_topo *host;
	uint64_t timeout_ms; /* of the scenario */

	/* Each may be NULL. They come from the calling thread. */
	void *arg;
	void (*on_stage)(void *arg, enum kt_outcome_stage stage);
	void (*on_console)(void *arg, const void *data, size_t bytes);
};

/*
 * Run to the end, and leave the machine as it was. Everything learnt is in OUTCOME, whose end is
 * always set. One at a time, beside no machine: a test that shares the host measures the other.
 */
void kt_run_host_test(const struct kt_run_host_test_config *config, struct kt_outcome *outcome);

/* For before there are threads: what the next call needs to be heard. 0 or -errno. */
int kt_run_host_interrupt_prepare(struct kt_err *err);
/* End the test that runs, as interrupted by the user, and any that comes. Any thread. */
void kt_run_host_interrupt(void);
