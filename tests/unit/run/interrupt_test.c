// SPDX-License-Identifier: GPL-2.0-only
/* Signals as events. Each test runs in a process of its own. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run/interrupt.h"

static sem_t called;

static void count(void *arg)
{
	++*(int *)arg;
	sem_post(&called);
}

static bool wait_called(void)
{
	struct timespec limit;
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 60;
	return sem_timedwait(&called, &limit) == 0;
}

Test(interrupt, a_signal_calls_back_and_does_not_kill)
{
	int calls = 0;
	sem_init(&called, 0, 0);
	cr_assert_eq(kt_run_interrupt_begin(count, &calls, NULL), 0);
	cr_assert_eq(kt_run_interrupted(), 0);
	cr_assert_eq(kt_run_interrupt_status(3), 3);
	kill(getpid(), SIGINT);
	cr_assert(wait_called());
	kt_run_interrupt_end();
	cr_assert_eq(calls, 1);
	cr_assert_eq(kt_run_interrupted(), SIGINT);
	cr_assert_eq(kt_run_interrupt_status(3), 130);
}

Test(interrupt, the_second_signal_calls_back_too)
{
	int calls = 0;
	sem_init(&called, 0, 0);
	cr_assert_eq(kt_run_interrupt_begin(count, &calls, NULL), 0);
	kill(getpid(), SIGTERM);
	cr_assert(wait_called());
	kill(getpid(), SIGHUP);
	cr_assert(wait_called());
	kt_run_interrupt_end();
	cr_assert_eq(calls, 2);
	cr_assert_eq(kt_run_interrupted(), SIGTERM, "the first decides the exit status");
}

Test(interrupt, the_signal_mask_is_as_before_afterwards)
{
	sigset_t before, after;
	int calls = 0;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	cr_assert_eq(kt_run_interrupt_begin(count, &calls, NULL), 0);
	kt_run_interrupt_end();
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	cr_assert_eq(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
	cr_assert_eq(calls, 0);
}

/* For whoever insists: the process ends as if nobody had taken the signal. */
Test(interrupt, the_third_signal_kills, .signal = SIGTERM)
{
	int calls = 0;
	sem_init(&called, 0, 0);
	cr_assert_eq(kt_run_interrupt_begin(count, &calls, NULL), 0);
	for (unsigned i = 0; i < KT_RUN_INTERRUPTS_MAX; i++) {
		kill(getpid(), SIGTERM);
		cr_assert(wait_called());
	}
	kill(getpid(), SIGTERM);
	pause();
}

static void *idle(void *started)
{
	sem_post(started);
	pause();
	return started;
}

/* Until it runs, a new thread has all signals blocked. */
static bool make_idle_thread(void)
{
	static sem_t started;
	pthread_t thread;
	sem_init(&started, 0, 0);
	return pthread_create(&thread, NULL, idle, &started) == 0 && sem_wait(&started) == 0;
}

/* A process with a second thread, sent SIGINT: its wait status. */
static int interrupted_program(bool thread_first)
{
	int status = -1, calls = 0;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		alarm(100);
		sem_init(&called, 0, 0);
		bool ok = !thread_first || make_idle_thread();
		ok = ok && kt_run_interrupt_begin(count, &calls, NULL) == 0;
		ok = ok && (thread_first || make_idle_thread());
		ok = ok && kill(getpid(), SIGINT) == 0 && wait_called();
		kt_run_interrupt_end();
		_exit(ok && calls == 1 ? kt_run_interrupt_status(3) : 99);
	}
	cr_assert(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

Test(interrupt, threads_made_after_begin_leave_the_signal_to_the_callback)
{
	int status = interrupted_program(false);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGINT, "wait status 0x%x",
		(unsigned)status);
}

/* Why begin comes first: a thread from before does not block the signal, and takes it. */
Test(interrupt, a_thread_from_before_begin_dies_of_the_signal_with_the_program)
{
	int status = interrupted_program(true);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "wait status 0x%x",
		(unsigned)status);
}
