// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds that only compute: multiply chains of several widths, pairs that spin on two threads of
 * one core, and phases that alternate between the multiplier and the cache.
 */
#include "base/mem.h"
#include "work/kind.h"
#include "work/multiply.h"
#include "work/step.h"

#define MULTIPLY_STEPS 1024u

struct alu {
	enum ktstr_width width;
	struct kt_multiply chains;
};

/* AMX multiplies tiles, which no chain here does, so that it is never available. */
static void prepare_alu_hot(struct kt_worker *w)
{
	struct alu *alu = w->state;
	enum ktstr_width want = w->work->alu_hot.width, widest = kt_multiply_widest();
	alu->width = KT_MIN(want, widest);
	if (want <= KTSTR_WIDTH_amx && want > widest && w->index == 0)
		kt_worker_note(w, "this CPU has no %s: multiplies with %u bits",
			kt_multiply_name(want), kt_multiply_bits(widest));
}

static void step_alu_hot(struct kt_worker *w)
{
	struct alu *alu = w->state;
	kt_multiply(&alu->chains, alu->width, MULTIPLY_STEPS);
	kt_meter_unit(&w->meter);
	kt_meter_iteration(&w->meter);
}

static void end_alu_hot(struct kt_worker *w)
{
	struct alu *alu = w->state;
	kt_worker_metric(w, "alu_width", "bits", kt_multiply_bits(alu->width));
}

const struct kt_work_ops kt_work_ops_alu_hot = {
	.step = step_alu_hot,
	.state_bytes = sizeof(struct alu),
	.prepare = prepare_alu_hot,
	.end = end_alu_hot,
	.flags = KT_WORK_COMPUTES,
};

/* What each of a pair has done, on cache lines of their own. */
struct beat {
	_Atomic uint64_t beats;
} __attribute__((aligned(128)));

struct sibling {
	uint64_t seen;	   /* the partner's beats when last looked at */
	uint64_t together; /* iterations in which the partner moved too */
};

static size_t sibling_team_bytes(const struct ktstr_work *work)
{
	(void)work;
	return 2 * sizeof(struct beat);
}

static void step_smt_sibling_spin(struct kt_worker *w)
{
	struct beat *beats = w->team->memory;
	struct sibling *mine = w->state;
	if (!kt_worker_spin(w, KT_WORK_CHUNK))
		return;
	atomic_fetch_add_explicit(&beats[w->role].beats, 1, memory_order_relaxed);
	uint64_t partner = atomic_load_explicit(&beats[!w->role].beats, memory_order_relaxed);
	mine->together += partner != mine->seen;
	mine->seen = partner;
	kt_meter_iteration(&w->meter);
}

static void end_smt_sibling_spin(struct kt_worker *w)
{
	const struct sibling *mine = w->state;
	uint64_t all = KT_MAX(w->meter.r.iterations, 1u);
	kt_worker_metric(w, "together", "%", 100.0 * (double)mine->together / (double)all);
}

const struct kt_work_ops kt_work_ops_smt_sibling_spin = {
	.step = step_smt_sibling_spin,
	.team_bytes = sibling_team_bytes,
	.state_bytes = sizeof(struct sibling),
	.end = end_smt_sibling_spin,
	.flags = KT_WORK_COMPUTES,
};

#define COLD_BYTES (512u << 10)
#define STOP_STEPS 100000u /* multiply steps between two looks at the stop */
#define COLD_UNITS 8192u   /* accesses, likewise */

struct ipc {
	struct kt_multiply chains;
	unsigned char cold[COLD_BYTES];
};

static bool hot_phase(struct kt_worker *w, struct ipc *ipc)
{
	for (unsigned left = w->work->ipc_variance.hot_iters; left;) {
		unsigned n = KT_MIN(left, STOP_STEPS);
		if (kt_worker_stopped(w))
			return false;
		kt_multiply(&ipc->chains, KTSTR_WIDTH_scalar, n);
		left -= n;
	}
	kt_meter_unit(&w->meter);
	return true;
}

static bool cold_phase(struct kt_worker *w, struct ipc *ipc)
{
	for (unsigned i = 0; i < w->work->ipc_variance.cold_iters; i++) {
		if (i % COLD_UNITS == 0 && kt_worker_stopped(w))
			return false;
		((volatile unsigned char *)ipc->cold)[kt_worker_below(w, COLD_BYTES)]++;
	}
	kt_meter_unit(&w->meter);
	return true;
}

static void step_ipc_variance(struct kt_worker *w)
{
	struct ipc *ipc = w->state;
	kt_meter_iteration(&w->meter); /* a round is so long that it counts when it begins */
	for (unsigned i = 0; i < w->work->ipc_variance.period_iters; i++) {
		if (!hot_phase(w, ipc) || !cold_phase(w, ipc))
			return;
	}
}

const struct kt_work_ops kt_work_ops_ipc_variance = {
	.step = step_ipc_variance,
	.state_bytes = sizeof(struct ipc),
	.flags = KT_WORK_COMPUTES,
};
