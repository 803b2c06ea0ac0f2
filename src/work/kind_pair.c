// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs that take turns: one works while the other sleeps, so that each round trip is two
 * wake-ups and nothing overlaps. Role 0 has the first turn.
 */
#include "work/kind.h"
#include "work/step.h"

struct pair {
	kt_stamp stamp;	       /* of the last hand-over */
	_Atomic uint32_t turn; /* futex: the role that may work */
};

static size_t pair_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(struct pair);
}

static unsigned two(const struct ktstr_work *work)
{
	(void)work;
	return 2;
}

/* Pipe 0 leads from role 0 to role 1, pipe 1 back. */
static bool send_byte(struct kt_worker *w)
{
	struct pair *pair = w->team->memory;
	const char byte = 'x';
	return kt_worker_spin(w, w->work->pipe_io.burst_iters) &&
	       kt_worker_write(w, kt_worker_write_end(w, w->role), &byte, 1, &pair->stamp);
}

static bool receive_byte(struct kt_worker *w)
{
	struct pair *pair = w->team->memory;
	char byte;
	if (!kt_worker_read(w, kt_worker_read_end(w, !w->role), &byte, 1, &pair->stamp))
		return false;
	kt_meter_unit(&w->meter);
	return true;
}

static void step_pipe_io(struct kt_worker *w)
{
	bool whole = w->role ? receive_byte(w) && send_byte(w) : send_byte(w) && receive_byte(w);
	if (whole)
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_pipe_io = {
	.step = step_pipe_io,
	.team_bytes = pair_bytes,
	.pipes = two,
};

static void step_futex_ping_pong(struct kt_worker *w)
{
	struct pair *pair = w->team->memory;
	uint32_t other = !w->role;
	if (!kt_worker_await(w, &pair->turn, other, &pair->stamp) ||
		!kt_worker_spin(w, w->work->futex_ping_pong.spin_iters))
		return;
	kt_worker_wake(&pair->turn, other, 1, &pair->stamp);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_futex_ping_pong = {
	.step = step_futex_ping_pong,
	.team_bytes = pair_bytes,
};
