/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hands the tests of a run to as many threads as --jobs allows: all tests once, then all
 * again for each repeat. Knows nothing of what a test is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct kt_run_pool {
	size_t tests;
	unsigned repeats;
	unsigned jobs;
	void *arg;
	/* Run test TEST for the REPEAT-th time, from 1, as machine SLOT. false: start no more. */
	bool (*run)(void *arg, size_t test, unsigned repeat, unsigned slot);
	/* Asked before each start; may be NULL. */
	bool (*stopped)(void);
};

/* How many machines will run at once. */
unsigned kt_run_pool_slots(const struct kt_run_pool *p);
/*
 * Run to the end. 0, also when stopped; -ENOMEM. Fewer
 * threads than jobs are a warning.
 */
int kt_run_pool_serve(const struct kt_run_pool *p, struct kt_err *err);
