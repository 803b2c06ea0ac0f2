// SPDX-License-Identifier: GPL-2.0-only
/* Kinds of work that use CPU time and nothing else: spinning, yielding, bursts and sleeps. */
#include "base/clock.h"
#include "work/kind.h"
#include "work/step.h"

static void step_spin_wait(struct kt_worker *w)
{
	if (kt_worker_spin(w, w->work->spin_wait.pauses))
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_spin_wait = {
	.step = step_spin_wait, .flags = KT_WORK_COMPUTES};

static void step_yield_heavy(struct kt_worker *w)
{
	for (unsigned i = 0; i < w->work->yield_heavy.yields; i++) {
		if (kt_worker_stopped(w))
			return;
		kt_worker_yield(w);
	}
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_yield_heavy = {.step = step_yield_heavy};

static void step_mixed(struct kt_worker *w)
{
	if (!kt_worker_spin(w, w->work->mixed.pauses))
		return;
	kt_worker_yield(w);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_mixed = {.step = step_mixed};

static void step_bursty(struct kt_worker *w)
{
	if (!kt_worker_spin_ns(w, w->work->bursty.burst_ms * KT_NS_PER_MS))
		return;
	kt_meter_iteration(&w->meter);
	kt_worker_sleep(w, w->work->bursty.sleep_ms * KT_NS_PER_MS);
}

const struct kt_work_ops kt_work_ops_bursty = {.step = step_bursty};
