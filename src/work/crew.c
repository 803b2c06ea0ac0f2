// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members block all signals, so that the stop signal finds the owner; they are asked by their
 * stop words, and what they wait for is looked at again within 100 ms.
 */
#include "work/crew.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/step.h"

#define WATCH_NS    (20 * KT_NS_PER_MS)
#define JOIN_MS	    3000u /* below the deadline of the owner's report */
#define STACK_BYTES (256u << 10)

static void *live(void *arg)
{
	struct kt_crew_member *m = arg;
	struct kt_worker *w = &m->w;
	atomic_store(&m->slot.tid, gettid());
	kt_meter_init(&w->meter, w->shared, &m->slot, w->seed);
	kt_meter_begin(&w->meter);
	m->run(w);
	kt_meter_end(&w->meter, (uint32_t)getpid(), w->work->kind, w->index);
	return NULL;
}

static void man(struct kt_crew_member *m, const struct kt_worker *owner, unsigned i)
{
	uint64_t seed = owner->seed + (i + 1) * 0x9e3779b97f4a7c15; /* spread over all bits */
	m->w = *owner;
	m->w.slot = &m->slot;
	m->w.index = i;
	m->w.seed = seed ? seed : 1;
	m->w.random = m->w.seed;
}

static int start_thread(struct kt_crew_member *m)
{
	pthread_attr_t attr;
	sigset_t all, before;
	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&m->thread, &attr, live, m);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return error;
}

bool kt_crew_start(struct kt_crew *crew, struct kt_worker *owner, unsigned count,
	void (*run)(struct kt_worker *w))
{
	crew->bytes = count * sizeof(*crew->members);
	void *p =
		mmap(NULL, crew->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	crew->members = p == MAP_FAILED ? NULL : p;
	int error = crew->members ? 0 : ENOMEM;
	for (unsigned i = 0; i < count && !error; i++) {
		man(&crew->members[i], owner, i);
		crew->members[i].run = run;
		error = start_thread(&crew->members[i]);
		crew->count += !error;
	}
	if (!error)
		return true;
	kt_worker_note(owner, "only %u of %u threads could be started: %s", crew->count, count,
		strerror(error));
	(void)kt_crew_stop(crew, owner); /* what they did in this time counts */
	crew->count = 0;
	return false;
}

static void note_live(struct kt_work_slot *slot, const struct kt_crew *crew)
{
	uint64_t iterations = 0, units = 0, progress_ns = 0;
	for (unsigned i = 0; i < crew->count; i++) {
		const struct kt_work_slot *s = &crew->members[i].slot;
		uint64_t at_ns = atomic_load(&s->progress_ns);
		iterations += atomic_load(&s->iterations);
		units += atomic_load(&s->work_units);
		if (at_ns != UINT64_MAX)
			progress_ns = KT_MAX(progress_ns, at_ns);
	}
	atomic_store(&slot->iterations, iterations);
	atomic_store(&slot->work_units, units);
	atomic_store(&slot->progress_ns, progress_ns);
}

void kt_crew_watch(struct kt_crew *crew, struct kt_worker *owner)
{
	if (!kt_worker_stopped(owner))
		kt_futex_wait(&owner->slot->stop, 0, kt_now_ns() + WATCH_NS);
	owner->meter.last_ns = kt_now_ns(); /* the gaps that count are the members' */
	note_live(owner->slot, crew);
}

static bool join(struct kt_crew_member *m, uint64_t deadline_ns)
{
	const struct timespec at = {
		.tv_sec = (time_t)(deadline_ns / KT_NS_PER_S),
		.tv_nsec = (long)(deadline_ns % KT_NS_PER_S),
	};
	return pthread_clockjoin_np(m->thread, NULL, CLOCK_MONOTONIC, &at) == 0;
}

bool kt_crew_stop(struct kt_crew *crew, struct kt_worker *owner)
{
	uint64_t deadline_ns = kt_deadline_ms(JOIN_MS);
	unsigned left = 0;
	for (unsigned i = 0; i < crew->count; i++) {
		atomic_store(&crew->members[i].slot.stop, 1);
		kt_futex_wake_all(&crew->members[i].slot.stop);
	}
	for (unsigned i = 0; i < crew->count; i++) {
		struct kt_crew_member *m = &crew->members[i];
		if (!join(m, deadline_ns)) {
			left++;
			continue;
		}
		kt_meter_absorb(&owner->meter, &m->w.meter);
		kt_meter_done(&m->w.meter);
	}
	if (left)
		kt_worker_note(owner,
			"%u of %u threads did not stop in time; what they did is lost", left,
			crew->count);
	owner->meter.last_ns = kt_now_ns();
	return !left;
}

void kt_crew_done(struct kt_crew *crew)
{
	if (crew->members)
		munmap(crew->members, crew->bytes);
	*crew = (struct kt_crew){0};
}

void kt_crew_post(_Atomic uint32_t *word, _Atomic uint64_t *stamp)
{
	atomic_store(stamp, kt_now_ns());
	atomic_fetch_add(word, 1);
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool kt_crew_take(struct kt_worker *w, _Atomic uint32_t *word, const _Atomic uint64_t *stamp)
{
	while (kt_worker_await(w, word, 0, stamp)) {
		uint32_t have = atomic_load(word);
		if (have && atomic_compare_exchange_strong(word, &have, have - 1))
			return true;
	}
	return false;
}

void kt_crew_quantiles(struct kt_worker *owner, const char *name, const struct kt_histogram *h)
{
	static const struct {
		const char *name;
		double share;
	} wanted[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
	char text[32];
	for (size_t i = 0; h->count && i < KT_ARRAY_LEN(wanted); i++) {
		snprintf(text, sizeof(text), "%s_%s_us", name, wanted[i].name);
		kt_worker_metric(owner, text, "us",
			(double)kt_histogram_quantile(h, wanted[i].share) / 1000);
	}
}

double kt_crew_seconds(const struct kt_worker *owner)
{
	uint64_t stopped_ns = atomic_load(&owner->shared->stopped_at_ns);
	uint64_t end_ns = stopped_ns ? stopped_ns : kt_now_ns();
	return (double)(end_ns - atomic_load(&owner->shared->opened_at_ns)) / (double)KT_NS_PER_S;
}
