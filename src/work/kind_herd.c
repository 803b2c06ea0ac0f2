// SPDX-License-Identifier: GPL-2.0-only
/* Kinds in which one worker, role 0, wakes all others of its team at once. */
#include "base/clock.h"
#include "work/kind.h"
#include "work/multiply.h"
#include "work/step.h"

struct herd {
	kt_stamp stamp;
	_Atomic uint32_t word; /* futex: moves with each wake-up of all */
};

struct member {
	uint32_t seen;
};

static size_t herd_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct herd);
}

/* Wait for the next wake-up; what it missed while it was busy counts once. */
static bool woken(struct kt_worker *w, struct herd *h, const kt_stamp *stamp)
{
	struct member *mine = w->state;
	if (!kt_worker_await(w, &h->word, mine->seen, stamp))
		return false;
	mine->seen = atomic_load(&h->word);
	kt_meter_unit(&w->meter);
	return true;
}

static void wake_all(struct kt_worker *w, struct herd *h)
{
	kt_worker_wake(&h->word, atomic_load(&h->word) + 1, INT32_MAX, &h->stamp);
	kt_meter_unit_yielded(&w->meter);
}

static void step_thundering_herd(struct kt_worker *w)
{
	const struct ktstr_work_thundering_herd *p = &w->work->thundering_herd;
	struct herd *h = w->team->memory;
	if (w->role) {
		if (woken(w, h, &h->stamp))
			kt_meter_iteration(&w->meter);
		return;
	}
	for (unsigned i = 0; i < p->batches; i++) {
		kt_worker_sleep(w, p->inter_batch_ms * KT_NS_PER_MS);
		if (kt_worker_stopped(w))
			return;
		wake_all(w, h);
	}
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_thundering_herd = {
	.step = step_thundering_herd,
	.team_bytes = herd_bytes,
	.state_bytes = sizeof(struct member),
};

static void step_futex_fan_out(struct kt_worker *w)
{
	struct herd *h = w->team->memory;
	if (w->role) {
		if (woken(w, h, NULL))
			kt_meter_iteration(&w->meter);
		return;
	}
	if (!kt_worker_spin(w, w->work->futex_fan_out.spin_iters))
		return;
	wake_all(w, h);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_futex_fan_out = {
	.step = step_futex_fan_out,
	.team_bytes = herd_bytes,
	.state_bytes = sizeof(struct member),
};

struct office {
	struct herd herd;
	kt_stamp answered_at;
	_Atomic uint32_t answers; /* futex: of all rounds */
};

struct clerk {
	struct member member; /* first: woken() finds it here */
	struct kt_matrix matrix;
};

static size_t office_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct office);
}

static void prepare_fan_out_compute(struct kt_worker *w)
{
	struct clerk *mine = w->state;
	uint64_t bytes = (uint64_t)w->work->fan_out_compute.footprint_kib << 10;
	if (w->role && kt_matrix_init(&mine->matrix, bytes) < 0)
		kt_worker_note(w, "no memory for its matrices: answers without products");
}

static bool products(struct kt_worker *w)
{
	struct clerk *mine = w->state;
	for (unsigned i = 0; i < w->work->fan_out_compute.operations; i++) {
		for (unsigned row = 0; row < mine->matrix.n; row++) {
			if (kt_worker_stopped(w))
				return false;
			kt_matrix_row(&mine->matrix, row);
		}
		kt_meter_unit(&w->meter);
	}
	return true;
}

static void answer(struct kt_worker *w, struct office *o)
{
	if (!woken(w, &o->herd, &o->herd.stamp))
		return;
	kt_worker_sleep(w, (uint64_t)w->work->fan_out_compute.sleep_us * 1000);
	if (!products(w))
		return;
	atomic_store(&o->answered_at, kt_now_ns());
	atomic_fetch_add(&o->answers, 1);
	kt_futex_wake_all(&o->answers);
	kt_meter_iteration(&w->meter);
}

/* The next question comes when all have answered, so that none is missed. */
static void step_fan_out_compute(struct kt_worker *w)
{
	struct office *o = w->team->memory;
	if (w->role) {
		answer(w, o);
		return;
	}
	uint32_t wanted = atomic_load(&o->answers) + w->work->fan_out_compute.fan_out;
	wake_all(w, &o->herd);
	for (uint32_t now; (now = atomic_load(&o->answers)) != wanted;) {
		if (!kt_worker_await(w, &o->answers, now, &o->answered_at))
			return;
	}
	kt_meter_iteration(&w->meter);
}

static void end_fan_out_compute(struct kt_worker *w)
{
	struct clerk *mine = w->state;
	kt_matrix_done(&mine->matrix);
}

const struct kt_work_ops kt_work_ops_fan_out_compute = {
	.step = step_fan_out_compute,
	.team_bytes = office_bytes,
	.state_bytes = sizeof(struct clerk),
	.prepare = prepare_fan_out_compute,
	.end = end_fan_out_compute,
};
