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

/* Time between two samples, such that a scenario of DURATION_MS has a bounded number of them. */
uint64_t kt_run_delay_interval_ms(uint64_t duration_ms);
/*
 * Move COUNT cumulative delays on to NOW_NS and return the largest step. A thread that ended
 * reads 0: it keeps what it had.
 */
uint64_t kt_run_delay_advance(uint64_t *last_ns, const uint64_t *now_ns, unsigned count);
