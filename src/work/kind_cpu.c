// SPDX-License-Identifier: GPL-2.0-only
/* Kinds of work that use CPU time and nothing else: spinning, yielding, bursts and sleeps. */
#include "base/clock.h"
#include "base/mem.h"
#include "work/kind.h"

#include <sched.h>

#define CHUNK_PAUSES 1024u /* one unit of work; short, so that a stop is seen soon */

/* False when asked to stop before all of it was done. */
static bool spin(struct kt_worker *w, unsigned pauses)
{
	while (pauses) {
		if (kt_worker_stopped(w))
			return false;
		unsigned n = KT_MIN(pauses, CHUNK_PAUSES);
		for (unsigned i = 0; i < n; i++)
			__builtin_ia32_pause();
		kt_meter_unit(&w->meter);
		pauses -= n;
	}
	return true;
}

/* sched_yield cannot fail on Linux. */
static void yield(struct kt_worker *w)
{
	sched_yield();
	kt_meter_unit_yielded(&w->meter);
}

void kt_work_step_spin_wait(struct kt_worker *w)
{
	if (spin(w, w->work->spin_wait.pauses))
		kt_meter_iteration(&w->meter);
}

void kt_work_step_yield_heavy(struct kt_worker *w)
{
	for (unsigned i = 0; i < w->work->yield_heavy.yields; i++) {
		if (kt_worker_stopped(w))
			return;
		yield(w);
	}
	kt_meter_iteration(&w->meter);
}

void kt_work_step_mixed(struct kt_worker *w)
{
	if (!spin(w, w->work->mixed.pauses))
		return;
	yield(w);
	kt_meter_iteration(&w->meter);
}

void kt_work_step_bursty(struct kt_worker *w)
{
	uint64_t end_ns = kt_now_ns() + w->work->bursty.burst_ms * KT_NS_PER_MS;
	while (kt_now_ns() < end_ns) {
		if (!spin(w, CHUNK_PAUSES))
			return;
	}
	kt_meter_iteration(&w->meter);
	kt_worker_sleep(w, w->work->bursty.sleep_ms * KT_NS_PER_MS);
}
