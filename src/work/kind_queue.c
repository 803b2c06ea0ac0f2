// SPDX-License-Identifier: GPL-2.0-only
/*
 * Producers and consumers: through an eventfd with epoll, and through a ring in shared memory.
 * The first roles of a team produce.
 */
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/kind.h"
#include "work/step.h"

#define RECHECK_MS 100

struct post {
	kt_stamp stamp;
	_Atomic uint64_t posted;
};

struct poller {
	int epoll;
	uint64_t taken;
};

static size_t post_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct post);
}

static unsigned one_event(const struct ktstr_work *work)
{
	(void)work;
	return 1;
}

/* Exclusive: a post wakes one of those that wait, not all. */
static void prepare_epoll_storm(struct kt_worker *w)
{
	struct poller *mine = w->state;
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	if (w->role < w->work->epoll_storm.producers)
		return;
	mine->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (mine->epoll < 0 ||
		epoll_ctl(mine->epoll, EPOLL_CTL_ADD, kt_worker_event(w, 0), &event) < 0)
		kt_worker_note(w, "no epoll: it waits without taking anything");
}

static void post_burst(struct kt_worker *w, struct post *post)
{
	const uint64_t one = 1;
	for (unsigned i = 0; i < w->work->epoll_storm.burst; i++) {
		if (!kt_worker_write(w, kt_worker_event(w, 0), &one, sizeof(one), &post->stamp))
			return;
		atomic_fetch_add_explicit(&post->posted, 1, memory_order_relaxed);
		kt_meter_unit_yielded(&w->meter);
	}
	kt_worker_yield(w);
	kt_meter_iteration(&w->meter);
}

static void take_posts(struct kt_worker *w, struct post *post)
{
	struct poller *mine = w->state;
	struct epoll_event event;
	uint64_t count = 0, rest_ns = kt_meter_rest(&w->meter);
	kt_worker_waits(w);
	int n = 0;
	while (n <= 0 && !kt_worker_stopped(w))
		n = epoll_wait(mine->epoll, &event, 1, RECHECK_MS);
	kt_worker_woken(w, rest_ns, &post->stamp);
	if (n <= 0 || read(kt_worker_event(w, 0), &count, sizeof(count)) != sizeof(count))
		return; /* another one has taken them */
	mine->taken += count;
	kt_meter_unit(&w->meter);
	kt_meter_iteration(&w->meter);
}

static void step_epoll_storm(struct kt_worker *w)
{
	struct post *post = w->team->memory;
	if (w->role < w->work->epoll_storm.producers)
		post_burst(w, post);
	else
		take_posts(w, post);
}

static void end_epoll_storm(struct kt_worker *w)
{
	struct poller *mine = w->state;
	struct post *post = w->team->memory;
	if (w->role < w->work->epoll_storm.producers) {
		kt_worker_metric(w, "team_posted", "", (double)atomic_load(&post->posted));
		return;
	}
	kt_worker_metric(w, "taken", "", (double)mine->taken);
	if (mine->epoll > 0)
		close(mine->epoll);
}

const struct kt_work_ops kt_work_ops_epoll_storm = {
	.step = step_epoll_storm,
	.team_bytes = post_bytes,
	.events = one_event,
	.state_bytes = sizeof(struct poller),
	.prepare = prepare_epoll_storm,
	.end = end_epoll_storm,
};

/*
 * A bounded queue for any number of both sides. The turn of a cell says for which position it is
 * free (the position) or full (the position + 1).
 */
struct cell {
	_Atomic uint64_t turn;
	uint64_t value;
};

struct ring {
	kt_stamp stamp;
	_Atomic uint32_t pushed; /* futex: consumers wait for it to move */
	_Atomic uint32_t ready;	 /* 1: a worker fills in the turns; 2: they are there */
	_Atomic uint64_t head, tail;
	struct cell cells[];
};

struct side {
	uint64_t next_ns; /* a producer's next entry */
	uint64_t entries, full;
};

static size_t ring_bytes(const struct ktstr_work *work)
{
	return sizeof(struct ring) + work->producer_consumer_imbalance.depth * sizeof(struct cell);
}

static int check_imbalance(const struct ktstr_work *work, struct kt_err *err)
{
	if (work->producer_consumer_imbalance.depth >= 2)
		return 0;
	return kt_fail(err, EINVAL, "set .producer_consumer_imbalance = {.depth = N} with N from 2",
		"work producer_consumer_imbalance: depth is 1, and a ring has at least 2 entries");
}

static bool push(struct ring *r, uint64_t depth, uint64_t value)
{
	uint64_t at = atomic_load(&r->tail);
	for (;;) {
		struct cell *c = &r->cells[at % depth];
		uint64_t turn = atomic_load(&c->turn);
		if (turn == at && atomic_compare_exchange_weak(&r->tail, &at, at + 1)) {
			c->value = value;
			atomic_store(&c->turn, at + 1);
			return true;
		}
		if (turn < at)
			return false; /* full: still of the round before */
		at = atomic_load(&r->tail);
	}
}

static bool pop(struct ring *r, uint64_t depth, uint64_t *ret_value)
{
	uint64_t at = atomic_load(&r->head);
	for (;;) {
		struct cell *c = &r->cells[at % depth];
		uint64_t turn = atomic_load(&c->turn);
		if (turn == at + 1 && atomic_compare_exchange_weak(&r->head, &at, at + 1)) {
			*ret_value = c->value;
			atomic_store(&c->turn, at + depth);
			return true;
		}
		if (turn < at + 1)
			return false; /* empty */
		at = atomic_load(&r->head);
	}
}

/* Whoever comes first numbers the cells; the others wait the moment it takes. */
static void begin_imbalance(struct kt_worker *w)
{
	struct ring *r = w->team->memory;
	struct side *mine = w->state;
	uint32_t nobody = 0;
	mine->next_ns = kt_now_ns();
	if (atomic_compare_exchange_strong(&r->ready, &nobody, 1)) {
		for (uint64_t i = 0; i < w->work->producer_consumer_imbalance.depth; i++)
			atomic_store(&r->cells[i].turn, i);
		kt_worker_wake(&r->ready, 2, INT32_MAX, NULL);
	}
	while (atomic_load(&r->ready) == 1 && !kt_worker_stopped(w))
		kt_futex_wait(&r->ready, 1, kt_now_ns() + RECHECK_MS * KT_NS_PER_MS);
}

static void produce(struct kt_worker *w, struct ring *r)
{
	const struct ktstr_work_producer_consumer_imbalance *p =
		&w->work->producer_consumer_imbalance;
	struct side *mine = w->state;
	uint64_t now = kt_now_ns();
	mine->next_ns += KT_NS_PER_S / p->rate_hz;
	if (mine->next_ns > now)
		kt_worker_sleep(w, mine->next_ns - now);
	if (kt_worker_stopped(w))
		return;
	if (push(r, p->depth, mine->entries)) {
		mine->entries++;
		atomic_store(&r->stamp, kt_now_ns());
		atomic_fetch_add(&r->pushed, 1);
		syscall(SYS_futex, &r->pushed, FUTEX_WAKE, 1, NULL, NULL, 0);
	} else {
		mine->full++;
	}
	kt_meter_unit_yielded(&w->meter);
	kt_meter_iteration(&w->meter);
}

static void consume(struct kt_worker *w, struct ring *r)
{
	const struct ktstr_work_producer_consumer_imbalance *p =
		&w->work->producer_consumer_imbalance;
	struct side *mine = w->state;
	uint64_t value;
	uint32_t pushed = atomic_load(&r->pushed);
	if (!pop(r, p->depth, &value)) {
		kt_worker_await(w, &r->pushed, pushed, &r->stamp);
		return;
	}
	mine->entries++;
	if (kt_worker_spin(w, p->consume_iters))
		kt_meter_iteration(&w->meter);
}

static void step_imbalance(struct kt_worker *w)
{
	struct ring *r = w->team->memory;
	if (w->role < w->work->producer_consumer_imbalance.producers)
		produce(w, r);
	else
		consume(w, r);
}

static void end_imbalance(struct kt_worker *w)
{
	const struct side *mine = w->state;
	bool producer = w->role < w->work->producer_consumer_imbalance.producers;
	kt_worker_metric(w, producer ? "produced" : "consumed", "", (double)mine->entries);
	if (producer)
		kt_worker_metric(w, "ring_full", "", (double)mine->full);
}

const struct kt_work_ops kt_work_ops_producer_consumer_imbalance = {
	.step = step_imbalance,
	.check = check_imbalance,
	.team_bytes = ring_bytes,
	.state_bytes = sizeof(struct side),
	.begin = begin_imbalance,
	.end = end_imbalance,
};
