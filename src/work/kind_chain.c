// SPDX-License-Identifier: GPL-2.0-only
/* Workers that reach each other one after the other: a token round a ring, signals in pairs. */
#include <signal.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/kind.h"
#include "work/step.h"

struct chain {
	kt_stamp stamp;
	_Atomic uint32_t hop; /* futex: hops so far; the role of hop % depth has the token */
	_Atomic uint32_t out_of_turn; /* tokens that came to another than whose turn it was */
};

struct link {
	bool started;
};

static size_t chain_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct chain);
}

/* Pipe R leads to role R. */
static unsigned chain_pipes(const struct ktstr_work *work)
{
	return work->wake_chain.wake == KTSTR_WAKE_pipe ? work->wake_chain.depth : 0;
}

static int check_wake_chain(const struct ktstr_work *work, struct kt_err *err)
{
	if (work->wake_chain.depth >= 2)
		return 0;
	return kt_fail(err, EINVAL, "set .wake_chain = {.depth = N} with N from 2",
		"work wake_chain: depth is %u, and a chain has at least 2 workers",
		work->wake_chain.depth);
}

/* The number of the hop travels with the token through pipes, and is the futex word else. */
static bool wait_for_token(struct kt_worker *w, struct chain *c, uint32_t *ret_hop)
{
	struct link *mine = w->state;
	unsigned depth = w->work->wake_chain.depth;
	bool first = w->role == 0 && !mine->started;
	mine->started = true;
	if (first) {
		*ret_hop = 0;
		return true;
	}
	if (w->work->wake_chain.wake == KTSTR_WAKE_pipe)
		return kt_worker_read(
			w, kt_worker_read_end(w, w->role), ret_hop, sizeof(*ret_hop), &c->stamp);
	while ((*ret_hop = atomic_load(&c->hop)) % depth != w->role) {
		if (!kt_worker_await(w, &c->hop, *ret_hop, &c->stamp))
			return false;
	}
	return true;
}

static void pass_token(struct kt_worker *w, struct chain *c, uint32_t hop)
{
	unsigned next = (w->role + 1) % w->work->wake_chain.depth;
	if (w->work->wake_chain.wake == KTSTR_WAKE_futex) {
		kt_worker_wake(&c->hop, hop, INT32_MAX, &c->stamp);
		return;
	}
	atomic_store(&c->hop, hop);
	kt_worker_write(w, kt_worker_write_end(w, next), &hop, sizeof(hop), &c->stamp);
}

static void step_wake_chain(struct kt_worker *w)
{
	struct chain *c = w->team->memory;
	uint32_t hop;
	if (!wait_for_token(w, c, &hop))
		return;
	if (hop % w->work->wake_chain.depth != w->role || hop != atomic_load(&c->hop))
		atomic_fetch_add(&c->out_of_turn, 1);
	if (!kt_worker_spin_ns(w, (uint64_t)w->work->wake_chain.work_per_hop_us * 1000))
		return;
	pass_token(w, c, hop + 1);
	kt_meter_iteration(&w->meter);
}

static void end_wake_chain(struct kt_worker *w)
{
	const struct chain *c = w->team->memory;
	if (w->role)
		return;
	kt_worker_metric(w, "hops", "", atomic_load(&c->hop));
	kt_worker_metric(w, "out_of_turn", "", atomic_load(&c->out_of_turn));
}

const struct kt_work_ops kt_work_ops_wake_chain = {
	.step = step_wake_chain,
	.check = check_wake_chain,
	.team_bytes = chain_bytes,
	.pipes = chain_pipes,
	.state_bytes = sizeof(struct link),
	.end = end_wake_chain,
};

/* The handler runs in the thread the signal was sent to, so that it counts its own. */
static __thread volatile sig_atomic_t received;

struct storm {
	_Atomic uint32_t ready[2]; /* a signal before its handler is there would kill */
};

static void on_signal(int sig)
{
	(void)sig;
	received++;
}

static size_t storm_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct storm);
}

static void prepare_signal_storm(struct kt_worker *w)
{
	struct storm *s = w->team->memory;
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	received = 0;
	sigaction(SIGUSR2, &action, NULL);
	atomic_store(&s->ready[w->role], 1);
}

static void step_signal_storm(struct kt_worker *w)
{
	struct storm *s = w->team->memory;
	if (!kt_worker_spin(w, w->work->signal_storm.work_iters))
		return;
	for (unsigned i = 0; i < w->work->signal_storm.signals; i++) {
		if (kt_worker_stopped(w) || !atomic_load(&s->ready[!w->role]))
			return;
		syscall(SYS_tkill, kt_worker_peer(w, !w->role), SIGUSR2); /* it may have ended */
		kt_meter_unit_yielded(&w->meter);
	}
	kt_meter_iteration(&w->meter);
}

static void end_signal_storm(struct kt_worker *w)
{
	struct storm *s = w->team->memory;
	atomic_store(&s->ready[w->role], 0);
	kt_worker_metric(w, "signals_received", "", received);
}

const struct kt_work_ops kt_work_ops_signal_storm = {
	.step = step_signal_storm,
	.team_bytes = storm_bytes,
	.prepare = prepare_signal_storm,
	.end = end_signal_storm,
};
