// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups of workers: fork behind the gate, open it, tell the workers which CPUs are allowed.
 * Called by the guest's environment of the scenario. Ending a group is in collect.c.
 */
#include "work/work.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "work/group.h"
#include "work/kind.h"
#include "work/leader.h"
#include "work/pages.h"

static int new_group(const struct kt_work_spec *spec, struct kt_work **ret, struct kt_err *err)
{
	const char *fix = "give the machine more memory or use fewer workers";
	KT_AUTO(kt_work_free) struct kt_work *w = calloc(1, sizeof(*w));
	if (!w)
		return kt_fail(err, ENOMEM, fix, "workers of '%s': out of memory", spec->cgroup);
	w->work = kt_work_with_defaults(spec->work);
	w->group = spec->group;
	w->phase = spec->phase;
	w->seed = spec->seed;
	kt_work_set_cgroup(w, spec->cgroup);
	w->count = w->work.workers;
	w->procs = kt_leader_wanted(&w->work) ? 1 : w->count;
	if (spec->where)
		w->where = *spec->where;
	else
		(void)sched_getaffinity(
			0, sizeof(w->where.cpus.bits), (cpu_set_t *)w->where.cpus.bits);
	w->pids = calloc(w->procs, sizeof(*w->pids));
	w->ends = calloc(w->procs, sizeof(*w->ends));
	w->shared_bytes = sizeof(*w->shared) + w->count * sizeof(w->shared->slots[0]);
	void *p = mmap(
		NULL, w->shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	w->shared = p == MAP_FAILED ? NULL : p;
	if (!w->pids || !w->ends || !w->shared)
		return kt_fail(err, ENOMEM, fix, "workers of '%s': no %zu bytes of shared memory",
			spec->cgroup, w->shared_bytes);
	w->shared->workers = w->work.workers;
	int r = kt_teams_init(&w->teams, &w->work, w->shared, err);
	if (r < 0)
		return r;
	*ret = KT_TAKE(w);
	return 0;
}

/*
 * So that setting up is no part of the test. Not an error when it takes too long: under a
 * scheduler that starves new tasks that is what the test shall find. False then.
 */
static bool wait_for_all(struct kt_work *w, _Atomic uint32_t *counter)
{
	uint64_t deadline_ns = kt_deadline_ms(KT_WORK_ARRIVE_MS);
	for (;;) {
		uint32_t n = atomic_load(counter);
		if (n >= w->count)
			return true;
		if (kt_deadline_passed(deadline_ns) || atomic_load(&w->shared->leader_errno))
			return false;
		kt_futex_wait(counter, n, deadline_ns);
	}
}

static uint64_t seed_of(const struct kt_work *w, size_t i)
{
	uint64_t place = (uint64_t)w->phase << 48 | (uint64_t)w->group << 32 | (uint64_t)i << 8 |
			 w->work.kind;
	uint64_t seed = place ^ w->seed * 0x9e3779b97f4a7c15; /* spread over all bits */
	return seed ? seed : 1;
}

/*
 * From outside, so that it is true when the caller gets the pid, whenever the child first
 * runs: a group of its own, and none of the precedence that the harness may need for itself.
 */
static int settle_child(pid_t pid, struct kt_err *err)
{
	struct sched_param none = {0};
	(void)setpgid(pid, pid); /* the child does it too, and one of the two comes late */
	if (sched_getscheduler(0) != SCHED_OTHER && sched_setscheduler(pid, SCHED_OTHER, &none) < 0)
		return kt_fail(err, errno,
			"start the harness with the policy SCHED_OTHER (chrt -o 0)",
			"worker %d: cannot set SCHED_OTHER: %s", (int)pid, strerror(errno));
	if (getpriority(PRIO_PROCESS, 0) < 0 && setpriority(PRIO_PROCESS, (id_t)pid, 0) < 0)
		return kt_fail(err, errno, "start the harness with the nice value 0",
			"worker %d: cannot set the nice value 0: %s", (int)pid, strerror(errno));
	return 0;
}

struct birth {
	struct kt_work *w;
	pid_t parent;
};

static struct kt_worker make_worker(void *arg, size_t i)
{
	const struct birth *b = arg;
	return (struct kt_worker){
		.shared = b->w->shared,
		.slot = &b->w->shared->slots[i],
		.work = &b->w->work,
		.where = &b->w->where,
		.index = (unsigned)i,
		.role = (unsigned)i % b->w->teams.size,
		.team = kt_teams_of(&b->w->teams, i),
		.seed = seed_of(b->w, i),
		.parent = b->parent,
		.thread = kt_leader_wanted(&b->w->work),
	};
}

static int fork_process(struct kt_work *w, size_t i, pid_t self, struct kt_err *err)
{
	/* The leader of threads keeps what all of their teams have. */
	size_t last = w->procs == w->count ? i : w->count - 1;
	int r = 0;
	for (size_t k = i; k <= last && !r; k++)
		r = kt_teams_open(&w->teams, k, err);
	if (r < 0)
		return r;
	pid_t pid = fork();
	if (pid < 0)
		return kt_fail(err, errno,
			"use fewer workers, or raise pids.max, 'ulimit -u' and kernel.pid_max",
			"cannot fork worker %zu of %zu: %s", i + 1, w->procs, strerror(errno));
	if (pid == 0) {
		struct birth birth = {.w = w, .parent = self};
		struct kt_worker worker = make_worker(&birth, i);
		if (worker.thread)
			kt_leader_run(&worker, &w->teams, w->count, make_worker, &birth);
		kt_worker_run(&worker);
	}
	w->pids[i] = pid;
	for (size_t k = i; k <= last; k++)
		kt_teams_close(&w->teams, k);
	return settle_child(pid, err);
}

/* The workers' own word, taken before any of them has worked. */
static int take_tids(struct kt_work *w, struct kt_err *err)
{
	w->tids = calloc(w->count, sizeof(*w->tids));
	if (!w->tids)
		return kt_fail(err, ENOMEM, "give the machine more memory or use fewer workers",
			"out of memory for %zu workers", w->count);
	for (size_t i = 0; i < w->count; i++)
		w->tids[i] =
			w->procs > 1 ? w->pids[i] : (pid_t)atomic_load(&w->shared->slots[i].tid);
	return 0;
}

/* Whoever did not come up in time is no error, unless its process could not start it. */
static int see_arrivals(struct kt_work *w, struct kt_err *err)
{
	if (wait_for_all(w, &w->shared->arrived))
		return take_tids(w, err);
	int error = (int)atomic_load(&w->shared->leader_errno);
	if (!error)
		return 0;
	return kt_fail(err, error,
		"use fewer workers, give the machine more memory, or raise pids.max, 'ulimit -u' "
		"and kernel.pid_max",
		"cannot start %zu threads: %s", w->count, strerror(error));
}

int kt_work_spawn(const struct kt_work_spec *spec, struct kt_work **ret, struct kt_err *err)
{
	KT_AUTO(kt_work_free) struct kt_work *w = NULL;
	int r = kt_work_check(spec->work, err);
	if (!r)
		r = new_group(spec, &w, err);
	if (r < 0)
		return r;
	/* No handler of the harness may run in a child before the child has reset them. */
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	w->spawned_at_ns = kt_now_ns();
	pid_t self = getpid();
	for (size_t i = 0; i < w->procs && !r; i++)
		r = fork_process(w, i, self, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!r)
		r = see_arrivals(w, err);
	if (r < 0)
		return kt_wrap(err, r, "work %s in cgroup '%s'", kt_work_kind_name(w->work.kind),
			w->cgroup);
	*ret = KT_TAKE(w);
	return 0;
}

const pid_t *kt_work_pids(const struct kt_work *w, size_t *ret_count)
{
	*ret_count = w->stopped_at_ns ? 0 : w->procs;
	return w->pids;
}

const pid_t *kt_work_tids(const struct kt_work *w, size_t *ret_count)
{
	*ret_count = w->stopped_at_ns || !w->tids ? 0 : w->count;
	return w->tids;
}

int kt_work_start(struct kt_work *w, struct kt_err *err)
{
	if (w->opened_at_ns || w->stopped_at_ns)
		return kt_fail(err, EALREADY, "start each group of workers once, after spawning it",
			"work %s in cgroup '%s' was started or stopped before",
			kt_work_kind_name(w->work.kind), w->cgroup);
	atomic_store(&w->shared->placed, 1);
	kt_futex_wake_all(&w->shared->placed);
	(void)wait_for_all(w, &w->shared->ready); /* who is late comes through an open gate */
	/* Those who came up after the spawn. */
	if (!w->tids && atomic_load(&w->shared->arrived) >= w->count) {
		int r = take_tids(w, err);
		if (r < 0)
			return r;
	}
	w->counts_migrated = kt_pages_migrated(&w->migrated_base);
	w->opened_at_ns = kt_now_ns();
	atomic_store(&w->shared->opened_at_ns, w->opened_at_ns);
	atomic_store(&w->shared->gate, 1);
	kt_futex_wake_all(&w->shared->gate);
	return 0;
}

unsigned kt_work_set_affinity(
	struct kt_work *w, const struct kt_affinity *affinity, uint64_t seed, struct kt_err *err)
{
	unsigned failed = 0;
	size_t count;
	const pid_t *tids = kt_work_tids(w, &count);
	for (size_t i = 0; i < count; i++) {
		struct kt_cpus cpus;
		if (!kt_affinity_of(affinity, seed_of(w, i) ^ seed, (unsigned)i, &cpus))
			continue;
		int r = kt_attr_set_affinity(tids[i], &cpus);
		if (!r || r == -ESRCH)
			continue;
		if (!failed++) {
			KT_AUTOFREE char *text = kt_cpus_text(&cpus);
			(void)kt_fail(err, -r, "name CPUs that its cgroup may use",
				"worker %zu of %s in cgroup '%s' cannot be confined to CPUs %s: %s",
				i, kt_work_kind_name(w->work.kind), w->cgroup, text ? text : "?",
				strerror(-r)); /* the count is returned */
		}
	}
	return failed;
}

uint64_t kt_work_iterations(const struct kt_work *w)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < w->count; i++)
		sum += atomic_load_explicit(&w->shared->slots[i].iterations, memory_order_relaxed);
	return sum;
}

void kt_work_set_cgroup(struct kt_work *w, const char *cgroup)
{
	snprintf(w->cgroup, sizeof(w->cgroup), "%s", cgroup);
}

void kt_work_set_frozen(struct kt_work *w, bool frozen)
{
	bool is_frozen =
		atomic_load(&w->shared->frozen_at_ns) > atomic_load(&w->shared->thawed_at_ns);
	if (frozen == is_frozen)
		return;
	atomic_store(frozen ? &w->shared->frozen_at_ns : &w->shared->thawed_at_ns, kt_now_ns());
}

void kt_work_allowed_pause(struct kt_work *w)
{
	if (atomic_load(&w->shared->epoch) % 2 == 0)
		atomic_fetch_add(&w->shared->epoch, 1);
}

void kt_work_allowed_set(struct kt_work *w, const struct kt_cpus *allowed)
{
	kt_work_allowed_pause(w);
	w->confined = allowed != NULL;
	w->allowed = allowed ? *allowed : (struct kt_cpus){0};
	atomic_store(&w->shared->confined, w->confined);
	for (size_t i = 0; i < KT_WORK_CPU_WORDS; i++)
		atomic_store(&w->shared->allowed[i], w->allowed.bits[i]);
	atomic_fetch_add(&w->shared->epoch, 1);
}

static void end_workers(struct kt_work *w)
{
	kt_work_kill(w);
	uint64_t deadline_ns = kt_deadline_ms(KT_WORK_REAP_MS);
	for (size_t i = 0; i < w->procs; i++) {
		int status;
		if (w->pids[i] > 0)
			(void)kt_work_reap(w, i, deadline_ns, &status); /* nobody left to tell */
	}
}

void kt_work_free(struct kt_work *w)
{
	if (!w)
		return;
	if (w->pids)
		end_workers(w);
	kt_teams_done(&w->teams);
	if (w->shared)
		munmap(w->shared, w->shared_bytes);
	free(w->tids);
	free(w->ends);
	free(w->pids);
	free(w);
}
