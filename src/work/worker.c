// SPDX-License-Identifier: GPL-2.0-only
/*
 * The child's side. It was forked from a program with its own handlers, descriptors and
 * buffers: it drops what it can, touches no stdio and ends by _exit.
 */
#include "work/worker.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "work/kind.h"
#include "work/team.h"

#define FIRST_OWN_FD   3	   /* standard streams stay, for the words of a crash */
#define LIVENESS_NS    KT_NS_PER_S /* how often a waiting worker looks for its parent */
#define EXIT_NO_PARENT 120
#define EXIT_NO_MEMORY 121

/* State of this size is a working set, and where its pages are is of interest. */
#define STATE_COUNTED_BYTES (64u * 1024)

volatile sig_atomic_t kt_worker_signalled;

static void on_stop(int sig)
{
	(void)sig;
	kt_worker_signalled = 1;
}

static void reset_signals(void)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	struct sigaction stop = {.sa_handler = on_stop}; /* no SA_RESTART: it ends waits */
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &standard, NULL); /* fails for those that have no handler */
	sigaction(KT_WORK_STOP_SIGNAL, &stop, NULL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void die_without(pid_t parent)
{
	if (getppid() != parent)
		_exit(EXIT_NO_PARENT);
}

static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	die_without(parent); /* it may have ended before the line above */
}

void kt_worker_take_process(
	pid_t parent, const char *comm, const struct kt_team *teams, unsigned count)
{
	die_with(parent);
	setpgid(0, 0);
	prctl(PR_SET_NAME, comm);
	kt_team_close_others(teams, count, FIRST_OWN_FD);
	reset_signals();
}

void kt_worker_name(const struct ktstr_work *work, char buf[16])
{
	if (work->comm)
		snprintf(buf, 16, "%s", work->comm);
	else
		snprintf(buf, 16, "kt-%s", kt_work_kind_get(work->kind)->name);
}

/* Count up; the last one wakes the owner. */
static void report_to(struct kt_worker *w, _Atomic uint32_t *counter)
{
	if (atomic_fetch_add(counter, 1) + 1 == w->shared->workers)
		kt_futex_wake_all(counter);
}

static void *map_own(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

/* False when there is no memory for what it keeps. */
static bool prepare_kind(struct kt_worker *w, const struct kt_work_ops *ops)
{
	w->random = w->seed;
	if (ops->state_bytes) {
		w->state = map_own(ops->state_bytes);
		if (!w->state)
			return false;
		if (ops->state_bytes >= STATE_COUNTED_BYTES)
			kt_meter_region(&w->meter, w->state, ops->state_bytes);
	}
	w->memory_bytes = ops->memory_bytes ? ops->memory_bytes(w->work) : 0;
	if (w->memory_bytes) {
		w->memory = map_own(w->memory_bytes);
		if (!w->memory)
			return false;
		kt_meter_region(&w->meter, w->memory, w->memory_bytes);
	}
	if (ops->prepare)
		ops->prepare(w);
	return true;
}

/* A futex and not a pipe: one wake-up makes all workers runnable at the same time. */
static void wait_for(struct kt_worker *w, _Atomic uint32_t *word)
{
	while (!atomic_load(word)) {
		kt_futex_wait(word, 0, kt_now_ns() + LIVENESS_NS);
		die_without(w->parent);
	}
}

/* What the kind allocates comes last, so that it counts to the right cgroup and memory policy. */
static void set_up(struct kt_worker *w, const struct kt_work_ops *ops)
{
	kt_attr_apply(w);
	if (w->work->uid.set || w->work->gid.set)
		die_with(w->parent); /* the kernel forgets that when the user changes */
	if (!prepare_kind(w, ops))
		_exit(EXIT_NO_MEMORY);
	w->meter.times = ops->flags & KT_WORK_COMPUTES;
	kt_meter_base(&w->meter);
}

void kt_worker_live(struct kt_worker *w)
{
	const struct kt_work_ops *ops = kt_work_kind_get(w->work->kind)->ops;
	kt_meter_init(&w->meter, w->shared, w->slot, w->seed);
	atomic_store(&w->slot->tid, gettid());
	report_to(w, &w->shared->arrived);
	wait_for(w, &w->shared->placed);
	set_up(w, ops);
	report_to(w, &w->shared->ready);
	wait_for(w, &w->shared->gate);
	kt_meter_begin(&w->meter);
	if (ops->begin)
		ops->begin(w);
	while (!kt_worker_stopped(w))
		ops->step(w);
	if (ops->end)
		ops->end(w);
	kt_meter_end(&w->meter, (uint32_t)getpid(), w->work->kind, w->index);
	kt_meter_done(&w->meter);
}

void kt_worker_run(struct kt_worker *w)
{
	char name[16];
	kt_worker_name(w->work, name);
	kt_worker_take_process(w->parent, name, w->team, w->team != NULL);
	kt_worker_live(w);
	_exit(0);
}

static void sleep_metered(struct kt_worker *w, uint64_t due_ns)
{
	atomic_store_explicit(&w->slot->progress_ns, due_ns, memory_order_relaxed);
	while (!kt_worker_stopped(w) && kt_now_ns() < due_ns)
		kt_futex_wait(&w->slot->stop, 0, due_ns);
	kt_meter_woke(&w->meter, due_ns);
}

void kt_worker_sleep(struct kt_worker *w, uint64_t ns)
{
	sleep_metered(w, kt_meter_rest(&w->meter) + ns);
}

void kt_worker_sleep_until(struct kt_worker *w, uint64_t due_ns)
{
	(void)kt_meter_rest(&w->meter); /* the time is not wanted */
	sleep_metered(w, due_ns);
}
