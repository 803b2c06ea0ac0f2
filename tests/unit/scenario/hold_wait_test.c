// SPDX-License-Identifier: GPL-2.0-only
/* Holds that a real process ends, or does not. */
#include "scenario/hold_wait.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define LONG_MS 60000 /* no hold of these tests may last as long */

/* A process that ends by itself after so many ms; 0: only when it is killed. */
static pid_t start_child(unsigned ms)
{
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid)
		return pid;
	if (ms)
		kt_sleep_until(kt_deadline_ms(ms));
	else
		pause();
	_exit(0);
}

static void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

static bool ended(uint64_t ms, pid_t pid)
{
	struct kt_err err = {0};
	bool over = false;
	cr_assert_eq(kt_hold_wait(kt_deadline_ms(ms), pid, &over, &err), 0, "%s", err.text);
	return over;
}

Test(hold_wait, the_end_of_the_process_ends_the_hold_at_once)
{
	pid_t pid = start_child(50);
	uint64_t start = kt_now_ns();
	cr_assert(ended(LONG_MS, pid));
	cr_assert_lt(kt_now_ns() - start, (LONG_MS / 2) * KT_NS_PER_MS);
	reap(pid);
}

Test(hold_wait, a_process_that_lives_on_leaves_the_hold_its_length)
{
	pid_t pid = start_child(0);
	uint64_t start = kt_now_ns();
	cr_assert_not(ended(60, pid));
	cr_assert_geq(kt_now_ns() - start, 60 * KT_NS_PER_MS);
	reap(pid);
}

Test(hold_wait, a_process_that_is_gone_has_ended)
{
	pid_t pid = start_child(0);
	reap(pid);
	cr_assert(ended(LONG_MS, pid));
}

Test(hold_wait, a_zombie_has_ended)
{
	pid_t pid = start_child(1);
	siginfo_t info;
	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	cr_assert(ended(LONG_MS, pid));
	cr_assert(ended(0, pid));
	reap(pid);
}

Test(hold_wait, a_hold_of_zero_only_asks)
{
	pid_t pid = start_child(0);
	cr_assert_not(ended(0, pid));
	reap(pid);
	cr_assert(ended(0, pid));
}

Test(hold_wait, without_a_process_it_sleeps)
{
	uint64_t start = kt_now_ns();
	cr_assert_not(ended(30, 0));
	cr_assert_geq(kt_now_ns() - start, 30 * KT_NS_PER_MS);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int sig)
{
	(void)sig; /* only SIGALRM comes here */
	alarms++;
}

Test(hold_wait, signals_do_not_shorten_or_lengthen_the_hold)
{
	struct sigaction action = {.sa_handler = count_alarm};
	struct itimerval every = {{0, 5000}, {0, 5000}}, never = {{0, 0}, {0, 0}};
	pid_t pid = start_child(0);
	cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
	setitimer(ITIMER_REAL, &every, NULL);
	uint64_t start = kt_now_ns();
	cr_assert_not(ended(100, pid));
	uint64_t took = kt_now_ns() - start;
	setitimer(ITIMER_REAL, &never, NULL);
	cr_assert_gt(alarms, 0);
	cr_assert_geq(took, 100 * KT_NS_PER_MS);
	cr_assert_lt(took, LONG_MS * KT_NS_PER_MS);
	reap(pid);
}

/* As if the process had only FREE descriptors left. */
static void expect_failure(unsigned left, const char *words)
{
	struct kt_err err = {0};
	bool over = false;
	pid_t pid = start_child(0);
	int next = fcntl(0, F_DUPFD, 0);
	cr_assert_geq(next, 0);
	close(next);
	struct rlimit old, low;
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = (rlim_t)next + left;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	int r = kt_hold_wait(kt_deadline_ms(LONG_MS), pid, &over, &err);
	setrlimit(RLIMIT_NOFILE, &old);
	reap(pid);
	cr_assert_eq(r, -EMFILE);
	cr_assert_not_null(strstr(err.text, words), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "ulimit -n"));
}

Test(hold_wait, a_process_that_cannot_be_watched_is_an_error)
{
	expect_failure(0, "pidfd_open: Too many open files");
	expect_failure(1, "epoll_create1: Too many open files");
}
