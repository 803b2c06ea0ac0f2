/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What steps of kinds are made of: spin, yield, wait for others and wake them, random numbers,
 * what the worker may know of its place. Whatever waits returns false when asked to stop; a
 * step then returns at once.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cpumask.h"
#include "work/team.h"
#include "work/worker.h"

#define KT_WORK_CHUNK                                                                              \
	1024u /* pause instructions of one unit; short, so that a stop is seen soon                \
	       */

/* Units of KT_WORK_CHUNK pause instructions. */
bool kt_worker_spin(struct kt_worker *w, unsigned pauses);
/* The same for that long; the last unit may be a part of one. */
bool kt_worker_spin_ns(struct kt_worker *w, uint64_t ns);
/* One sched_yield, one unit. */
void kt_worker_yield(struct kt_worker *w);

/*
 * When a waker said that another may run: set by kt_worker_wake() and kt_worker_write(), read by
 * who waits. How late that one ran after it is its wake latency; from when it went to sleep
 * until then is no gap. NULL instead of a stamp: its wake latency is all the time it slept.
 */
typedef _Atomic uint64_t kt_stamp;

/* Sleep while *WORD, in shared memory, is VALUE. */
bool kt_worker_await(
	struct kt_worker *w, _Atomic uint32_t *word, uint32_t value, const kt_stamp *stamp);
/* Set STAMP (may be NULL), then *WORD to VALUE, then wake at most COUNT who wait. Returns how many.
 */
unsigned kt_worker_wake(_Atomic uint32_t *word, uint32_t value, unsigned count, kt_stamp *stamp);

/* All of BYTES (at most PIPE_BUF), from a pipe of the team, sleeping until they are there. */
bool kt_worker_read(struct kt_worker *w, int fd, void *data, size_t bytes, const kt_stamp *stamp);
/* Set STAMP (may be NULL), then write all of BYTES; sleeps while the pipe is full. */
bool kt_worker_write(struct kt_worker *w, int fd, const void *data, size_t bytes, kt_stamp *stamp);
/*
 * For other ways to wait, between kt_meter_rest(), whose time is REST_NS, and the next unit:
 * what kt_worker_await() does after its sleep.
 */
void kt_worker_woken(struct kt_worker *w, uint64_t rest_ns, const kt_stamp *stamp);
/* Mark that from now on it waits for others, which is no hang. After kt_meter_rest(). */
void kt_worker_waits(struct kt_worker *w);

/* The next random number; below N, which is not 0. Deterministic for the test's seed. */
uint64_t kt_worker_random(struct kt_worker *w);
unsigned kt_worker_below(struct kt_worker *w, unsigned n);

/* Where the kernel lets this worker run now: its affinity within its cpuset. */
bool kt_worker_cpus(struct kt_cpus *ret);
/* The thread id of the worker with this role in the team; 0 while it has not come up. */
pid_t kt_worker_peer(const struct kt_worker *w, unsigned role);

/* A number of the kind for the results; one name again replaces the value. At most 32. */
void kt_worker_metric(struct kt_worker *w, const char *name, const char *unit, double value);
/* Say that it does not do as asked, in a sentence; the first one counts. */
void kt_worker_note(struct kt_worker *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline int kt_worker_read_end(const struct kt_worker *w, unsigned pipe)
{
	return w->team->fds[2 * pipe];
}

static inline int kt_worker_write_end(const struct kt_worker *w, unsigned pipe)
{
	return w->team->fds[2 * pipe + 1];
}

static inline int kt_worker_event(const struct kt_worker *w, unsigned event)
{
	return w->team->fds[2 * w->team->pipes + event];
}
