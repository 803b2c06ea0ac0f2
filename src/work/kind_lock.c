// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds about locks. The mutex is the usual futex word: 0 free, 1 held, 2 held and waited for.
 * The lock with priority inheritance is the kernel's, with the holder's thread id in the word.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/kind.h"
#include "work/place.h"
#include "work/step.h"

#define RECHECK_NS (100 * KT_NS_PER_MS) /* a stop must end waiting for a lock */

struct lock {
	kt_stamp stamp; /* of the last release */
	_Atomic uint32_t word;
};

/* False when asked to stop before it was got. RET_WAITED: it was not free. */
static bool mutex_lock(struct kt_worker *w, struct lock *l, bool *ret_waited)
{
	uint32_t free = 0;
	*ret_waited = false;
	if (atomic_compare_exchange_strong(&l->word, &free, 1))
		return true;
	*ret_waited = true;
	while (atomic_exchange(&l->word, 2)) {
		if (!kt_worker_await(w, &l->word, 2, &l->stamp))
			return false;
	}
	return true;
}

static void mutex_unlock(struct lock *l)
{
	atomic_store(&l->stamp, kt_now_ns());
	if (atomic_exchange(&l->word, 0) == 2)
		syscall(SYS_futex, &l->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

struct contention {
	struct lock lock;
	uint64_t passes; /* only touched with the lock: equals the sum of iterations */
};

struct contender {
	uint64_t contended;
};

static size_t contention_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct contention);
}

static void step_mutex_contention(struct kt_worker *w)
{
	struct contention *c = w->team->memory;
	struct contender *mine = w->state;
	bool waited = false;
	if (!kt_worker_spin(w, w->work->mutex_contention.work_iters) ||
		!mutex_lock(w, &c->lock, &waited))
		return;
	mine->contended += waited;
	c->passes++;
	kt_worker_spin(w, w->work->mutex_contention.hold_iters);
	kt_meter_iteration(&w->meter);
	mutex_unlock(&c->lock);
}

static void end_mutex_contention(struct kt_worker *w)
{
	const struct contention *c = w->team->memory;
	const struct contender *mine = w->state;
	double all = (double)KT_MAX(w->meter.r.iterations, 1u);
	kt_worker_metric(w, "contended", "%", 100.0 * (double)mine->contended / all);
	kt_worker_metric(w, "team_passes", "", (double)c->passes);
}

const struct kt_work_ops kt_work_ops_mutex_contention = {
	.step = step_mutex_contention,
	.team_bytes = contention_bytes,
	.state_bytes = sizeof(struct contender),
	.end = end_mutex_contention,
};

enum rank { RANK_HIGH, RANK_MEDIUM, RANK_LOW };

struct inversion {
	struct lock lock;
	kt_stamp stamp;		     /* of the last round */
	_Atomic uint32_t round;	     /* futex: high and medium wake when it moves */
	_Atomic uint32_t served;     /* futex: passes of high, which low waits for */
	_Atomic uint32_t finished;   /* futex: rounds; says which low has the next one */
	_Atomic uint32_t mediums;    /* bursts that medium has done */
	_Atomic uint32_t inversions; /* passes of high that a whole burst of medium delayed */
};

struct contestant {
	enum rank rank;
	uint32_t round;
};

static size_t inversion_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct inversion);
}

/*
 * Priorities 1 to 3, so that whatever else is real-time in the machine comes first; set before the
 * gate, since afterwards high and low would not let medium come that far.
 */
static void prepare_priority_inversion(struct kt_worker *w)
{
	const struct ktstr_work_priority_inversion *p = &w->work->priority_inversion;
	struct contestant *mine = w->state;
	mine->rank = w->role < p->high		     ? RANK_HIGH
		     : w->role < p->high + p->medium ? RANK_MEDIUM
						     : RANK_LOW;
	kt_worker_class(w, KTSTR_CLASS_rt, 3 - (unsigned)mine->rank);
}

/* CLOCK_REALTIME is what FUTEX_LOCK_PI takes. */
static bool pi_lock(struct kt_worker *w, struct lock *l)
{
	uint32_t free = 0, tid = (uint32_t)gettid();
	if (atomic_compare_exchange_strong(&l->word, &free, tid))
		return true;
	uint64_t rest_ns = kt_meter_rest(&w->meter);
	kt_worker_waits(w);
	long r = -1;
	while (r < 0 && !kt_worker_stopped(w)) {
		struct timespec at;
		clock_gettime(CLOCK_REALTIME, &at);
		at.tv_sec += (at.tv_nsec + (long)RECHECK_NS) / (long)KT_NS_PER_S;
		at.tv_nsec = (at.tv_nsec + (long)RECHECK_NS) % (long)KT_NS_PER_S;
		r = syscall(SYS_futex, &l->word, FUTEX_LOCK_PI, 0, &at, NULL, 0);
	}
	kt_worker_woken(w, rest_ns, &l->stamp);
	return r == 0;
}

static void pi_unlock(struct lock *l)
{
	uint32_t tid = (uint32_t)gettid();
	atomic_store(&l->stamp, kt_now_ns());
	if (!atomic_compare_exchange_strong(&l->word, &tid, 0))
		syscall(SYS_futex, &l->word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
}

static bool take(struct kt_worker *w, struct inversion *v)
{
	bool waited;
	return w->work->priority_inversion.lock == KTSTR_LOCK_pi ? pi_lock(w, &v->lock)
								 : mutex_lock(w, &v->lock, &waited);
}

static void give(struct kt_worker *w, struct inversion *v)
{
	if (w->work->priority_inversion.lock == KTSTR_LOCK_pi)
		pi_unlock(&v->lock);
	else
		mutex_unlock(&v->lock);
}

static void step_high(struct kt_worker *w, struct inversion *v)
{
	uint32_t before = atomic_load(&v->mediums);
	if (!take(w, v))
		return;
	if (atomic_load(&v->mediums) != before)
		atomic_fetch_add(&v->inversions, 1);
	kt_worker_spin(w, w->work->priority_inversion.work_iters);
	give(w, v);
	atomic_store(&v->stamp, kt_now_ns());
	atomic_fetch_add(&v->served, 1);
	kt_futex_wake_all(&v->served);
	kt_meter_iteration(&w->meter);
}

static void step_medium(struct kt_worker *w, struct inversion *v)
{
	if (!kt_worker_spin(w, w->work->priority_inversion.work_iters))
		return;
	atomic_fetch_add(&v->mediums, 1);
	kt_meter_iteration(&w->meter);
}

/*
 * With the lock it wakes all others: on one CPU high comes at once and has to wait for the lock,
 * and then medium comes, unless low has inherited the priority of high.
 */
static void round_of_low(struct kt_worker *w, struct inversion *v)
{
	if (!take(w, v))
		return;
	uint32_t wanted = atomic_load(&v->served) + w->work->priority_inversion.high;
	kt_worker_wake(&v->round, atomic_load(&v->round) + 1, INT32_MAX, &v->stamp);
	kt_worker_spin(w, w->work->priority_inversion.hold_iters);
	give(w, v);
	for (uint32_t now; (now = atomic_load(&v->served)) < wanted;) {
		if (!kt_worker_await(w, &v->served, now, &v->stamp))
			return;
	}
	kt_worker_wake(&v->finished, atomic_load(&v->finished) + 1, INT32_MAX, &v->stamp);
	kt_meter_iteration(&w->meter);
}

/* Those that are low take turns, so that two rounds never overlap. */
static void step_low(struct kt_worker *w, struct inversion *v)
{
	const struct ktstr_work_priority_inversion *p = &w->work->priority_inversion;
	uint32_t now = atomic_load(&v->finished);
	if (now % p->low == w->role - p->high - p->medium)
		round_of_low(w, v);
	else
		kt_worker_await(w, &v->finished, now, &v->stamp);
}

static void step_priority_inversion(struct kt_worker *w)
{
	struct inversion *v = w->team->memory;
	struct contestant *mine = w->state;
	if (mine->rank == RANK_LOW) {
		step_low(w, v);
		return;
	}
	if (!kt_worker_await(w, &v->round, mine->round, &v->stamp))
		return;
	mine->round = atomic_load(&v->round);
	if (mine->rank == RANK_HIGH)
		step_high(w, v);
	else
		step_medium(w, v);
}

static void end_priority_inversion(struct kt_worker *w)
{
	const struct inversion *v = w->team->memory;
	kt_worker_class_try(KTSTR_CLASS_cfs, 0);
	if (w->role == 0) {
		kt_worker_metric(w, "inversions", "", atomic_load(&v->inversions));
		kt_worker_metric(w, "rounds", "", atomic_load(&v->round));
	}
}

const struct kt_work_ops kt_work_ops_priority_inversion = {
	.step = step_priority_inversion,
	.team_bytes = inversion_bytes,
	.state_bytes = sizeof(struct contestant),
	.prepare = prepare_priority_inversion,
	.end = end_priority_inversion,
};
