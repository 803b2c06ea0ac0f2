/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of one worker process, from fork to _exit, and what a kind of work may ask of it. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include <ktstr/work.h>

#include "work/shared.h"
#include "work/telemetry.h"

#define KT_WORK_STOP_SIGNAL SIGUSR1

struct kt_worker {
	struct kt_work_shared *shared;
	struct kt_work_slot *slot;
	const struct ktstr_work *work; /* with its defaults filled in */
	uint64_t seed;		       /* of its random numbers; never 0 */
	pid_t parent;
	struct kt_meter meter;
};

/* In the child, all signals blocked: set up, wait at the gate, work until stopped, report. */
_Noreturn void kt_worker_run(struct kt_worker *w);

extern volatile sig_atomic_t kt_worker_signalled;

static inline bool kt_worker_stopped(const struct kt_worker *w)
{
	return kt_worker_signalled || atomic_load_explicit(&w->slot->stop, memory_order_acquire);
}

/* Sleep for NS or until asked to stop; a late wake-up is metered. */
void kt_worker_sleep(struct kt_worker *w, uint64_t ns);
