// SPDX-License-Identifier: GPL-2.0-only
/* Kinds that sleep for times: short bursts, absolute timers, and phases of all sorts. */
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/kind.h"
#include "work/multiply.h"
#include "work/step.h"

static void begin_idle_churn(struct kt_worker *w)
{
	if (w->work->idle_churn.precise)
		prctl(PR_SET_TIMERSLACK, 1ul);
}

/* nanosleep itself and not kt_worker_sleep(): its path through the kernel is what is tried. */
static void step_idle_churn(struct kt_worker *w)
{
	uint64_t sleep_ns = (uint64_t)w->work->idle_churn.sleep_us * 1000;
	if (!kt_worker_spin_ns(w, (uint64_t)w->work->idle_churn.burst_us * 1000))
		return;
	kt_meter_iteration(&w->meter);
	uint64_t due_ns = kt_meter_rest(&w->meter) + sleep_ns;
	struct timespec ts = {.tv_sec = (time_t)(sleep_ns / KT_NS_PER_S),
		.tv_nsec = (long)(sleep_ns % KT_NS_PER_S)};
	atomic_store_explicit(&w->slot->progress_ns, due_ns, memory_order_relaxed);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	kt_meter_woke(&w->meter, due_ns);
}

const struct kt_work_ops kt_work_ops_idle_churn = {
	.step = step_idle_churn,
	.begin = begin_idle_churn,
};

struct timer {
	uint64_t next_ns;
};

static void begin_timer_latency(struct kt_worker *w)
{
	struct timer *t = w->state;
	t->next_ns = kt_now_ns();
}

/* Times that have passed already are left out, as cyclictest does. */
static void step_timer_latency(struct kt_worker *w)
{
	struct timer *t = w->state;
	uint64_t interval_ns = (uint64_t)w->work->timer_latency.interval_us * 1000;
	uint64_t now = kt_meter_rest(&w->meter);
	t->next_ns += interval_ns;
	if (t->next_ns <= now)
		t->next_ns += (now - t->next_ns) / interval_ns * interval_ns + interval_ns;
	struct timespec at = {.tv_sec = (time_t)(t->next_ns / KT_NS_PER_S),
		.tv_nsec = (long)(t->next_ns % KT_NS_PER_S)};
	atomic_store_explicit(&w->slot->progress_ns, t->next_ns, memory_order_relaxed);
	bool slept = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == 0;
	kt_meter_woke(&w->meter, t->next_ns);
	if (!slept)
		return;
	now = kt_now_ns();
	kt_meter_timer(&w->meter, now - KT_MIN(now, t->next_ns));
	kt_meter_unit(&w->meter);
	kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_timer_latency = {
	.step = step_timer_latency,
	.begin = begin_timer_latency,
	.state_bytes = sizeof(struct timer),
};

#define IO_BYTES    (64u << 10)
#define IO_SLEEP_NS (100u * 1000)

struct sequence {
	int fd; /* of a file in memory, 0: none */
	struct kt_multiply chains;
	char block[IO_BYTES];
};

/* A memfd is a file of tmpfs without a name, so that nobody has to remove it. */
static void prepare_sequence(struct kt_worker *w)
{
	struct sequence *s = w->state;
	bool io = false;
	for (const struct ktstr_phase *p = w->work->sequence.phases; p->kind; p++)
		io |= p->kind == KTSTR_PHASE_io;
	if (!io)
		return;
	s->fd = memfd_create("kt-sequence", MFD_CLOEXEC);
	if (s->fd < 0)
		kt_worker_note(w, "no file in memory: its io phases only sleep");
}

static void phase_yield(struct kt_worker *w, uint64_t end_ns)
{
	while (!kt_worker_stopped(w) && kt_now_ns() < end_ns)
		kt_worker_yield(w);
}

static void phase_io(struct kt_worker *w, uint64_t end_ns)
{
	struct sequence *s = w->state;
	while (!kt_worker_stopped(w) && kt_now_ns() < end_ns) {
		if (s->fd > 0 && pwrite(s->fd, s->block, IO_BYTES, 0) == IO_BYTES)
			kt_meter_unit_yielded(&w->meter);
		kt_worker_sleep(w, IO_SLEEP_NS);
	}
}

static void phase_alu_hot(struct kt_worker *w, uint64_t end_ns)
{
	struct sequence *s = w->state;
	while (!kt_worker_stopped(w) && kt_now_ns() < end_ns) {
		kt_multiply(&s->chains, KTSTR_WIDTH_scalar, 1024);
		kt_meter_unit(&w->meter);
	}
}

static void phase_spin(struct kt_worker *w, uint64_t end_ns)
{
	uint64_t now = kt_now_ns();
	kt_worker_spin_ns(w, end_ns > now ? end_ns - now : 0);
}

static void phase_sleep(struct kt_worker *w, uint64_t end_ns)
{
	uint64_t now = kt_now_ns();
	kt_worker_sleep(w, end_ns > now ? end_ns - now : 0);
}

static void step_sequence(struct kt_worker *w)
{
	static void (*const phases[])(struct kt_worker * w, uint64_t end_ns) = {
		[KTSTR_PHASE_spin] = phase_spin,
		[KTSTR_PHASE_sleep] = phase_sleep,
		[KTSTR_PHASE_yield] = phase_yield,
		[KTSTR_PHASE_io] = phase_io,
		[KTSTR_PHASE_alu_hot] = phase_alu_hot,
	};
	for (const struct ktstr_phase *p = w->work->sequence.phases; p->kind; p++) {
		if (kt_worker_stopped(w))
			return;
		phases[p->kind](w, kt_now_ns() + (uint64_t)p->us * 1000);
	}
	kt_meter_iteration(&w->meter);
}

static void end_sequence(struct kt_worker *w)
{
	struct sequence *s = w->state;
	if (s->fd > 0)
		close(s->fd);
}

const struct kt_work_ops kt_work_ops_sequence = {
	.step = step_sequence,
	.state_bytes = sizeof(struct sequence),
	.prepare = prepare_sequence,
	.end = end_sequence,
	.flags = KT_WORK_NEEDS_PARAMS,
};
