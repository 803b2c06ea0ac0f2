/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads inside one worker, for kinds that are a whole benchmark. Each is a worker of its own to
 * everything in step.h, with a meter, a stop word and random numbers; the owner's report is the
 * sum of theirs. Only the owner speaks: notes and metrics of a member are lost.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "work/histogram.h"
#include "work/worker.h"

#define KT_CREW_MAX 1024u

struct kt_crew_member {
	struct kt_worker
		w; /* its index is its place in the crew; state and memory are the owner's */
	struct kt_work_slot slot;
	pthread_t thread;
	void (*run)(struct kt_worker *w);
};

struct kt_crew {
	struct kt_crew_member *members;
	unsigned count; /* that run */
	size_t bytes;
};

/*
 * Start COUNT threads, each of which calls RUN once; RUN returns soon after it was asked to
 * stop. When not all can be started a note says so and the crew stays empty.
 */
bool kt_crew_start(struct kt_crew *crew, struct kt_worker *owner, unsigned count,
	void (*run)(struct kt_worker *w));
/* A step of the owner: a pause in which the others work, then how far they have come. */
void kt_crew_watch(struct kt_crew *crew, struct kt_worker *owner);
/*
 * Ask all to stop, wait for their end, add what they did to OWNER's meter. False when some are
 * still there after seconds: then nothing they use may be taken away. Members stay readable.
 */
bool kt_crew_stop(struct kt_crew *crew, struct kt_worker *owner);
void kt_crew_done(struct kt_crew *crew);

/* Add 1 to *WORD and wake one who takes from it; STAMP as in kt_worker_wake(). */
void kt_crew_post(_Atomic uint32_t *word, _Atomic uint64_t *stamp);
/* Take 1 from *WORD, sleeping while it is 0. False when asked to stop. */
bool kt_crew_take(struct kt_worker *w, _Atomic uint32_t *word, const _Atomic uint64_t *stamp);

/* Metrics NAME_p50_us, _p90_us, _p99_us, _p999_us and _max_us; none when H is empty. */
void kt_crew_quantiles(struct kt_worker *owner, const char *name, const struct kt_histogram *h);
/* From the gate's opening to the stop, or to now. */
double kt_crew_seconds(const struct kt_worker *owner);
