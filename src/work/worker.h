/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of one worker, from fork or its thread's first instruction to its report, and what a
 * kind of work may ask of it.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ktstr/work.h>

#include "work/attr.h"
#include "work/shared.h"
#include "work/telemetry.h"

#define KT_WORK_STOP_SIGNAL SIGUSR1

struct kt_worker {
	struct kt_work_shared *shared;
	struct kt_work_slot *slot;
	const struct ktstr_work *work; /* with its defaults filled in */
	const struct kt_work_where *where;
	uint64_t seed; /* of its random numbers; never 0 */
	pid_t parent;  /* of its process */
	bool thread;   /* it shares its process with the others of its group */
	struct kt_meter meter;

	/* For its kind: who it is and what it shares with the others of its team. */
	unsigned index; /* in the group, from 0 */
	unsigned role;	/* in the team, from 0 */
	const struct kt_team *team;
	void *state; /* state_bytes of its kind, its own */
	/* memory_bytes of its kind, its own, zeroed; the pages come as they are touched */
	uint8_t *memory;
	size_t memory_bytes;
	uint64_t random;
};

/*
 * In a forked child, all signals blocked: drop what the owner had but the descriptors of COUNT
 * teams, take the name COMM. Of a worker's own process, or of the leader of threads.
 */
void kt_worker_take_process(
	pid_t parent, const char *comm, const struct kt_team *teams, unsigned count);
/* From there to the report, in the process or thread that is the worker. */
void kt_worker_live(struct kt_worker *w);
/* The two for a worker that is a process. */
_Noreturn void kt_worker_run(struct kt_worker *w);

/* "kt-spin_wait" or what WORK says. */
void kt_worker_name(const struct ktstr_work *work, char buf[16]);

extern volatile sig_atomic_t kt_worker_signalled;

static inline bool kt_worker_stopped(const struct kt_worker *w)
{
	return kt_worker_signalled || atomic_load_explicit(&w->slot->stop, memory_order_acquire);
}

/* Sleep for NS or until asked to stop; a late wake-up is metered. */
void kt_worker_sleep(struct kt_worker *w, uint64_t ns);
/* The same until an absolute time of CLOCK_MONOTONIC. */
void kt_worker_sleep_until(struct kt_worker *w, uint64_t due_ns);
