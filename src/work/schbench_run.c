// SPDX-License-Identifier: GPL-2.0-only
/* What the threads of schbench do: waking, being woken, working. */
#include <sched.h>
#include <string.h>

#include "base/clock.h"
#include "work/schbench.h"

#define PENDING_MAX 8u /* requests of one worker; more are not posted */

/* C = A * B row by row; volatile so that cells of the shared one are written as they come. */
static bool multiply(struct kt_worker *w, volatile uint64_t *a, unsigned n)
{
	volatile uint64_t *b = a + (size_t)n * n, *c = b + (size_t)n * n;
	for (unsigned i = 0; i < n; i++) {
		if (kt_worker_stopped(w))
			return false;
		for (unsigned j = 0; j < n; j++) {
			uint64_t sum = 0;
			for (unsigned k = 0; k < n; k++) {
				sum += a[i * n + k] * b[k * n + j];
				c[i * n + j] = sum;
			}
		}
		kt_meter_unit(&w->meter);
	}
	return true;
}

/*
 * Of the CPU it is on. Who is moved while it holds one makes the next worker there spin until
 * it is done: being preempted shall be dear.
 */
static struct kt_schbench_lock *lock_cpu(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	while (!kt_worker_stopped(w)) {
		int cpu = sched_getcpu();
		struct kt_schbench_lock *lock =
			&s->locks[cpu < 0 ? 0 : (unsigned)cpu % KT_CPUS_MAX];
		while (atomic_exchange_explicit(&lock->held, 1, memory_order_acquire)) {
			if (kt_worker_stopped(w))
				return NULL;
			__builtin_ia32_pause();
		}
		if (sched_getcpu() == cpu)
			return lock;
		atomic_store_explicit(&lock->held, 0, memory_order_release);
	}
	return NULL;
}

static bool compute(struct kt_worker *w, struct kt_schbench_job *job)
{
	struct kt_schbench *s = w->state;
	bool locks = !w->work->schbench.no_locking, all = true;
	struct kt_schbench_lock *lock = locks ? lock_cpu(w) : NULL;
	if (locks && !lock)
		return false;
	for (unsigned i = 0; i < w->work->schbench.operations && all; i++)
		all = multiply(w, job->matrix, s->own_n) && multiply(w, s->shared, s->shared_n);
	if (lock)
		atomic_store_explicit(&lock->held, 0, memory_order_release);
	return all;
}

static void transfer(struct kt_worker *w, struct kt_schbench_job *job, int byte)
{
	struct kt_schbench *s = w->state;
	memset(job->matrix + 3ull * s->own_n * s->own_n, byte, w->work->schbench.pipe_bytes);
}

static bool serve(struct kt_worker *w, struct kt_schbench_job *job)
{
	const struct ktstr_work_schbench *p = &w->work->schbench;
	uint64_t began_ns = kt_now_ns();
	if (p->pipe_bytes) {
		transfer(w, job, 'w');
		job->bytes += p->pipe_bytes;
	} else {
		if (!p->no_sleep)
			kt_worker_sleep(w, p->sleep_us * 1000ull);
		if (!compute(w, job))
			return false;
		kt_histogram_add(&job->request, kt_now_ns() - began_ns);
	}
	job->requests++;
	kt_meter_unit(&w->meter);
	kt_meter_iteration(&w->meter);
	return true;
}

/* Sleep until it is this worker's turn, and note how late it then ran. */
static bool await_turn(struct kt_worker *w, struct kt_schbench_job *job)
{
	uint64_t from_ns = kt_now_ns();
	if (!kt_worker_await(w, &job->turn, 0, &job->stamp))
		return false;
	uint64_t now = kt_now_ns(), woken_ns = atomic_load(&job->stamp);
	if (woken_ns >= from_ns && woken_ns <= now)
		kt_histogram_add(&job->wakeup, now - woken_ns);
	return true;
}

static void ask(struct kt_schbench_desk *desk, struct kt_schbench_job *job)
{
	struct kt_schbench_job *first = atomic_load(&desk->waiting);
	atomic_store(&job->turn, 0);
	do
		atomic_store(&job->next, first);
	while (!atomic_compare_exchange_weak(&desk->waiting, &first, job));
	kt_worker_wake(&desk->called, 1, 1, &desk->stamp);
}

static void work_when_asked(
	struct kt_worker *w, struct kt_schbench_desk *desk, struct kt_schbench_job *job)
{
	do
		ask(desk, job);
	while (await_turn(w, job) && serve(w, job));
}

static void work_off_requests(struct kt_worker *w, struct kt_schbench_job *job)
{
	while (!kt_worker_stopped(w)) {
		atomic_store(&job->turn, 0); /* before looking, so that no post is missed */
		if (!atomic_load(&job->pending) && !await_turn(w, job))
			return;
		while (atomic_load(&job->pending)) {
			if (!serve(w, job))
				return;
			atomic_fetch_sub(&job->pending, 1);
		}
	}
}

/* Wake all who wait, as one batch. */
static void wake_in_batches(struct kt_worker *w, struct kt_schbench_desk *desk)
{
	while (!kt_worker_stopped(w)) {
		atomic_store(&desk->called, 0); /* before looking, as above */
		struct kt_schbench_job *job = atomic_exchange(&desk->waiting, NULL);
		if (!job) {
			kt_worker_await(w, &desk->called, 0, &desk->stamp);
			continue;
		}
		while (job) {
			struct kt_schbench_job *next =
				atomic_load(&job->next); /* it may ask again at once */
			if (w->work->schbench.pipe_bytes)
				transfer(w, job, 'm');
			kt_worker_wake(&job->turn, 1, 1, &job->stamp);
			job = next;
		}
		kt_meter_unit_yielded(&w->meter);
	}
}

/* One request to the next worker in turn that is not full. */
static void post(
	struct kt_schbench_desk *desk, struct kt_schbench_job *jobs, unsigned count, unsigned *turn)
{
	for (unsigned i = 0; i < count; i++) {
		struct kt_schbench_job *job = &jobs[(*turn)++ % count];
		if (atomic_load(&job->pending) >= PENDING_MAX)
			continue;
		atomic_fetch_add(&job->pending, 1);
		kt_worker_wake(&job->turn, 1, 1, &job->stamp);
		return;
	}
	desk->skipped++;
}

static void post_by_the_clock(
	struct kt_worker *w, struct kt_schbench_desk *desk, struct kt_schbench_job *jobs)
{
	struct kt_schbench *s = w->state;
	uint64_t due_ns = kt_now_ns();
	unsigned turn = 0;
	while (!kt_worker_stopped(w)) {
		uint64_t now = kt_now_ns();
		due_ns += s->desks * KT_NS_PER_S / atomic_load(&s->rate_hz);
		if (due_ns > now)
			kt_worker_sleep(w, due_ns - now);
		post(desk, jobs, s->jobs_per_desk, &turn);
		kt_meter_unit_yielded(&w->meter);
	}
}

void kt_schbench_run(struct kt_worker *w)
{
	struct kt_schbench *s = w->state;
	bool rated = atomic_load(&s->rate_hz);
	if (w->index < s->desks) {
		struct kt_schbench_desk *desk = &s->desk[w->index];
		if (rated)
			post_by_the_clock(w, desk, &s->job[w->index * s->jobs_per_desk]);
		else
			wake_in_batches(w, desk);
		return;
	}
	struct kt_schbench_job *job = &s->job[w->index - s->desks];
	if (rated)
		work_off_requests(w, job);
	else
		work_when_asked(w, &s->desk[(w->index - s->desks) / s->jobs_per_desk], job);
}
