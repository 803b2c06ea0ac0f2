// SPDX-License-Identifier: GPL-2.0-only
/*
 * Teams whose workers are of different scheduling classes. Without the right to a class a worker
 * keeps its own and says so; the kind then shows little, but the test goes on. Classes are set
 * before the gate: afterwards a real-time worker might not let another one come that far.
 */
#include "base/clock.h"
#include "work/kind.h"
#include "work/place.h"
#include "work/step.h"

static void back_to_normal(struct kt_worker *w)
{
	(void)w;
	kt_worker_class_try(KTSTR_CLASS_cfs, 0);
}

static void prepare_rt_starvation(struct kt_worker *w)
{
	const struct ktstr_work_rt_starvation *p = &w->work->rt_starvation;
	if (w->role < p->rt_workers)
		kt_worker_class(w, KTSTR_CLASS_rt, p->prio);
}

static void step_rt_starvation(struct kt_worker *w)
{
	if (kt_worker_spin(w, w->work->rt_starvation.burst_iters))
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_rt_starvation = {
	.step = step_rt_starvation,
	.prepare = prepare_rt_starvation,
	.end = back_to_normal,
};

static void prepare_preempt_storm(struct kt_worker *w)
{
	if (w->role == 0)
		kt_worker_class(w, KTSTR_CLASS_rt, 1);
}

static void step_preempt_storm(struct kt_worker *w)
{
	const struct ktstr_work_preempt_storm *p = &w->work->preempt_storm;
	if (w->role == 0)
		kt_worker_sleep(w, (uint64_t)p->rt_sleep_us * 1000);
	if (kt_worker_spin(w, w->role ? KT_WORK_CHUNK : p->rt_burst_iters))
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_preempt_storm = {
	.step = step_preempt_storm,
	.prepare = prepare_preempt_storm,
	.end = back_to_normal,
};

#define ASYMMETRIC_PRIO 1u

struct waking {
	kt_stamp stamp;
	_Atomic uint32_t word; /* futex: moves with each wake-up */
};

struct wakee {
	uint32_t seen;
};

static size_t waking_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct waking);
}

static void prepare_asymmetric_waker(struct kt_worker *w)
{
	const struct ktstr_work_asymmetric_waker *p = &w->work->asymmetric_waker;
	kt_worker_class(w, w->role ? p->wakee_class : p->waker_class, ASYMMETRIC_PRIO);
}

static void step_asymmetric_waker(struct kt_worker *w)
{
	struct waking *k = w->team->memory;
	struct wakee *mine = w->state;
	if (w->role && !kt_worker_await(w, &k->word, mine->seen, &k->stamp))
		return;
	mine->seen = atomic_load(&k->word);
	if (!kt_worker_spin(w, w->work->asymmetric_waker.burst_iters))
		return;
	if (!w->role)
		kt_worker_wake(&k->word, mine->seen + 1, 1, &k->stamp);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_asymmetric_waker = {
	.step = step_asymmetric_waker,
	.team_bytes = waking_bytes,
	.state_bytes = sizeof(struct wakee),
	.prepare = prepare_asymmetric_waker,
	.end = back_to_normal,
};
