/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host interference while a machine runs: how long its vCPU threads were ready and did not
 * get a CPU, in total and in short intervals, so that a gap of a worker can be told from a
 * host that gave no time. In a softkvm machine the outer host's share is read too.
 */
#pragma once

#include "base/err.h"
#include "report/outcome.h"
#include "vmm/vm.h"

struct kt_run_delay;

/* Sample from now on, on a thread of its own. VM and O are borrowed until _free. */
int kt_run_delay_start(
	struct kt_vm *vm, struct kt_outcome *o, struct kt_run_delay **ret, struct kt_err *err);
/* The scenario begins: what was before does not count any more. Never blocks; any thread. */
void kt_run_delay_mark(struct kt_run_delay *d);
/* The scenario is over: take the last sample. The first call counts. Never blocks; any thread. */
void kt_run_delay_stop(struct kt_run_delay *d);
/* Ends the thread and writes totals into the outcome. NULL is fine. */
void kt_run_delay_free(struct kt_run_delay *d);
