// SPDX-License-Identifier: GPL-2.0-only
/*
 * What steps of kinds are made of. A sleep here always has an end: the stop signal interrupts it
 * (and is repeated), and futexes are looked at again every RECHECK_NS.
 */
#include "work/step.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define RECHECK_NS	(100 * KT_NS_PER_MS)
#define PAUSES_PER_LOOK 32 /* about a microsecond, so that short bursts are short */

bool kt_worker_spin(struct kt_worker *w, unsigned pauses)
{
	while (pauses) {
		if (kt_worker_stopped(w))
			return false;
		unsigned n = KT_MIN(pauses, KT_WORK_CHUNK);
		for (unsigned i = 0; i < n; i++)
			__builtin_ia32_pause();
		kt_meter_unit(&w->meter);
		pauses -= n;
	}
	return true;
}

bool kt_worker_spin_ns(struct kt_worker *w, uint64_t ns)
{
	uint64_t end_ns = kt_now_ns() + ns;
	unsigned pauses = 0;
	while (kt_now_ns() < end_ns) {
		if (kt_worker_stopped(w))
			return false;
		for (unsigned i = 0; i < PAUSES_PER_LOOK; i++)
			__builtin_ia32_pause();
		pauses += PAUSES_PER_LOOK;
		if (pauses % KT_WORK_CHUNK == 0)
			kt_meter_unit(&w->meter);
	}
	if (pauses % KT_WORK_CHUNK)
		kt_meter_unit(&w->meter);
	return true;
}

/* sched_yield cannot fail on Linux. */
void kt_worker_yield(struct kt_worker *w)
{
	sched_yield();
	kt_meter_unit_yielded(&w->meter);
}

void kt_worker_waits(struct kt_worker *w)
{
	atomic_store_explicit(&w->slot->progress_ns, UINT64_MAX, memory_order_relaxed);
}

void kt_worker_woken(struct kt_worker *w, uint64_t rest_ns, const kt_stamp *stamp)
{
	struct kt_meter *m = &w->meter;
	uint64_t now = kt_now_ns();
	uint64_t due_ns = stamp ? atomic_load(stamp) : rest_ns;
	if (kt_worker_stopped(w)) {
		m->last_ns = now;
	} else if (!stamp) {
		m->last_ns = now; /* its sleep is no gap, though it counts as latency */
		kt_meter_sample(m, now - rest_ns);
	} else if (due_ns > rest_ns && due_ns <= now) {
		kt_meter_woke(m, due_ns);
		return;
	}
	kt_meter_rest(m); /* it was woken before it slept, so that from there on it could run */
}

bool kt_worker_await(
	struct kt_worker *w, _Atomic uint32_t *word, uint32_t value, const kt_stamp *stamp)
{
	if (atomic_load(word) != value)
		return !kt_worker_stopped(w);
	uint64_t rest_ns = kt_meter_rest(&w->meter);
	kt_worker_waits(w);
	while (atomic_load(word) == value && !kt_worker_stopped(w))
		kt_futex_wait(word, value, kt_now_ns() + RECHECK_NS);
	kt_worker_woken(w, rest_ns, stamp);
	return !kt_worker_stopped(w);
}

unsigned kt_worker_wake(_Atomic uint32_t *word, uint32_t value, unsigned count, kt_stamp *stamp)
{
	if (stamp)
		atomic_store(stamp, kt_now_ns());
	atomic_store(word, value);
	long woken = syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
	return woken > 0 ? (unsigned)woken : 0;
}

bool kt_worker_read(struct kt_worker *w, int fd, void *data, size_t bytes, const kt_stamp *stamp)
{
	uint64_t rest_ns = kt_meter_rest(&w->meter);
	kt_worker_waits(w);
	size_t have = 0;
	while (have < bytes && !kt_worker_stopped(w)) {
		ssize_t n = read(fd, (char *)data + have, bytes - have);
		if (n > 0)
			have += (size_t)n;
	}
	kt_worker_woken(w, rest_ns, stamp);
	return have == bytes && !kt_worker_stopped(w);
}

bool kt_worker_write(struct kt_worker *w, int fd, const void *data, size_t bytes, kt_stamp *stamp)
{
	if (stamp)
		atomic_store(stamp, kt_now_ns());
	size_t done = 0;
	while (done < bytes && !kt_worker_stopped(w)) {
		ssize_t n = write(fd, (const char *)data + done, bytes - done);
		if (n > 0)
			done += (size_t)n;
	}
	return done == bytes && !kt_worker_stopped(w);
}

uint64_t kt_worker_random(struct kt_worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

unsigned kt_worker_below(struct kt_worker *w, unsigned n)
{
	return (unsigned)((kt_worker_random(w) >> 32) * n >> 32);
}

bool kt_worker_cpus(struct kt_cpus *ret)
{
	struct kt_cpus cpus = {0};
	long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(cpus.bits), cpus.bits);
	if (bytes <= 0)
		return false;
	*ret = cpus;
	return true;
}

pid_t kt_worker_peer(const struct kt_worker *w, unsigned role)
{
	return atomic_load(&w->team->slots[role].tid);
}

void kt_worker_metric(struct kt_worker *w, const char *name, const char *unit, double value)
{
	uint32_t count = atomic_load(&w->slot->metric_count), i = 0;
	while (i < count && strcmp(w->slot->metrics[i].name, name))
		i++;
	if (i >= KT_WORK_METRICS_MAX)
		return;
	struct kt_work_metric *m = &w->slot->metrics[i];
	snprintf(m->name, sizeof(m->name), "%s", name);
	snprintf(m->unit, sizeof(m->unit), "%s", unit);
	m->value = value;
	atomic_store(&w->slot->metric_count, KT_MAX(count, i + 1));
}

void kt_worker_note(struct kt_worker *w, const char *fmt, ...)
{
	if (w->slot->note[0])
		return;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(w->slot->note, sizeof(w->slot->note), fmt, ap);
	va_end(ap);
}
