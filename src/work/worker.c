// SPDX-License-Identifier: GPL-2.0-only
/*
 * The child's side. It was forked from a program with its own handlers, descriptors and
 * buffers: it drops what it can, touches no stdio and ends by _exit.
 */
#include "work/worker.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "work/kind.h"

#define FIRST_OWN_FD   3	   /* standard streams stay, for the words of a crash */
#define LIVENESS_NS    KT_NS_PER_S /* how often a waiting worker looks for its parent */
#define EXIT_NO_PARENT 120

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

static void die_without_parent(const struct kt_worker *w)
{
	if (getppid() != w->parent)
		_exit(EXIT_NO_PARENT);
}

static void set_up(struct kt_worker *w)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	die_without_parent(w); /* it may have ended before the line above */
	setpgid(0, 0);
	char comm[16];
	snprintf(comm, sizeof(comm), "kt-%s", kt_work_kind_get(w->work->kind)->name);
	prctl(PR_SET_NAME, comm);
	close_range(FIRST_OWN_FD, ~0u, 0);
	reset_signals();
	kt_meter_init(&w->meter, w->shared, w->slot, w->seed);
}

/* A futex and not a pipe: one wake-up makes all workers runnable at the same time. */
static void wait_at_gate(struct kt_worker *w)
{
	if (atomic_fetch_add(&w->shared->arrived, 1) + 1 == w->shared->workers)
		kt_futex_wake_all(&w->shared->arrived);
	while (!atomic_load(&w->shared->gate)) {
		kt_futex_wait(&w->shared->gate, 0, kt_now_ns() + LIVENESS_NS);
		die_without_parent(w);
	}
}

void kt_worker_run(struct kt_worker *w)
{
	set_up(w);
	wait_at_gate(w);
	kt_meter_begin(&w->meter);
	const struct kt_work_kind *kind = kt_work_kind_get(w->work->kind);
	while (!kt_worker_stopped(w))
		kind->step(w);
	kt_meter_end(&w->meter, (uint32_t)getpid(), w->work->kind);
	_exit(0);
}

void kt_worker_sleep(struct kt_worker *w, uint64_t ns)
{
	uint64_t due_ns = kt_meter_rest(&w->meter) + ns;
	atomic_store_explicit(&w->slot->progress_ns, due_ns, memory_order_relaxed);
	while (!kt_worker_stopped(w) && kt_now_ns() < due_ns)
		kt_futex_wait(&w->slot->stop, 0, due_ns);
	kt_meter_woke(&w->meter, due_ns);
}
