// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of work that live in their cache: each touch reads a byte, adds one and writes it back,
 * STRIDE bytes after the one before. Memory is the worker's own, so that what it loses by being
 * moved to another CPU is its own too.
 */
#include "base/mem.h"
#include "work/kind.h"
#include "work/step.h"

#define TOUCHES 1024u /* of one unit */
#define LINE	64u

/* COUNT touches from *AT on, which comes back to 0 at the end of the memory. */
static bool touch(struct kt_worker *w, size_t *at, size_t count, size_t stride)
{
	volatile uint8_t *memory = w->memory;
	while (count) {
		if (kt_worker_stopped(w))
			return false;
		size_t n = KT_MIN(count, TOUCHES);
		for (size_t i = 0; i < n; i++) {
			memory[*at]++;
			*at += stride;
			if (*at >= w->memory_bytes)
				*at = 0;
		}
		kt_meter_unit(&w->meter);
		count -= n;
	}
	return true;
}

/* All of the memory once. */
static bool pass(struct kt_worker *w, size_t stride)
{
	size_t at = 0;
	return touch(w, &at, (w->memory_bytes + stride - 1) / stride, stride);
}

static int check_stride(const char *kind, unsigned size_kib, unsigned stride, struct kt_err *err)
{
	if (stride <= size_kib * 1024ull)
		return 0;
	return kt_fail(err, EINVAL, "use a stride of at most size_kib * 1024 bytes",
		"work %s: a stride of %u bytes leaves its %u KiB of memory at the first step", kind,
		stride, size_kib);
}

static int check_pressure(const struct ktstr_work *work, struct kt_err *err)
{
	return check_stride(
		"cache_pressure", work->cache_pressure.size_kib, work->cache_pressure.stride, err);
}

static size_t pressure_bytes(const struct ktstr_work *work)
{
	return work->cache_pressure.size_kib * (size_t)1024;
}

static void step_cache_pressure(struct kt_worker *w)
{
	if (pass(w, w->work->cache_pressure.stride))
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_cache_pressure = {
	.step = step_cache_pressure,
	.check = check_pressure,
	.memory_bytes = pressure_bytes,
	.flags = KT_WORK_COMPUTES,
};

static int check_yield(const struct ktstr_work *work, struct kt_err *err)
{
	return check_stride(
		"cache_yield", work->cache_yield.size_kib, work->cache_yield.stride, err);
}

static size_t yield_bytes(const struct ktstr_work *work)
{
	return work->cache_yield.size_kib * (size_t)1024;
}

static void step_cache_yield(struct kt_worker *w)
{
	if (!pass(w, w->work->cache_yield.stride))
		return;
	kt_worker_yield(w);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_cache_yield = {
	.step = step_cache_yield,
	.check = check_yield,
	.memory_bytes = yield_bytes,
};

struct place {
	size_t at; /* of the next touch */
};

static size_t pipe_bytes(const struct ktstr_work *work)
{
	return work->cache_pipe.size_kib * (size_t)1024;
}

static size_t stamp_bytes(const struct ktstr_work *work)
{
	(void)work;
	return sizeof(kt_stamp);
}

static unsigned two(const struct ktstr_work *work)
{
	(void)work;
	return 2;
}

/* Pipe 0 leads from role 0 to role 1, pipe 1 back. */
static bool burst_and_send(struct kt_worker *w)
{
	struct place *place = w->state;
	const char byte = 'c';
	return touch(w, &place->at, w->work->cache_pipe.burst_iters, LINE) &&
	       kt_worker_write(w, kt_worker_write_end(w, w->role), &byte, 1, w->team->memory);
}

static bool receive(struct kt_worker *w)
{
	char byte;
	if (!kt_worker_read(w, kt_worker_read_end(w, !w->role), &byte, 1, w->team->memory))
		return false;
	kt_meter_unit(&w->meter);
	return true;
}

static void step_cache_pipe(struct kt_worker *w)
{
	bool whole = w->role ? receive(w) && burst_and_send(w) : burst_and_send(w) && receive(w);
	if (whole)
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_cache_pipe = {
	.step = step_cache_pipe,
	.team_bytes = stamp_bytes,
	.pipes = two,
	.state_bytes = sizeof(struct place),
	.memory_bytes = pipe_bytes,
};
