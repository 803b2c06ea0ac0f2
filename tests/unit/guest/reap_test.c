// SPDX-License-Identifier: GPL-2.0-only
/* Reaping leaves the watched child to its owner, and kills nothing outside a guest. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/reap.h"

static pid_t child_that_ends(void)
{
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		_exit(0);
	siginfo_t info;
	/* It has ended, and is not reaped. */
	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	return pid;
}

Test(reap, orphans_are_reaped)
{
	pid_t a = child_that_ends(), b = child_that_ends();
	kt_guest_reap_orphans(0);
	cr_assert(waitpid(a, NULL, WNOHANG) == -1 && errno == ECHILD);
	cr_assert(waitpid(b, NULL, WNOHANG) == -1 && errno == ECHILD);
}

Test(reap, the_watched_child_is_left_to_its_owner)
{
	pid_t keep = child_that_ends();
	kt_guest_reap_orphans(keep);
	cr_assert_eq(waitpid(keep, NULL, WNOHANG), keep);
}

Test(reap, nothing_is_killed_outside_a_guest)
{
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	cr_assert_eq(kt_guest_reap_all(100), 0);
	cr_assert_eq(waitpid(pid, NULL, WNOHANG), 0);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/* PID 1 of a name space of its own: one child has ended, two live. */
static _Noreturn void be_init(void)
{
	child_that_ends();
	for (int i = 0; i < 2; i++) {
		if (fork() == 0) {
			pause();
			_exit(0);
		}
	}
	_exit(getpid() == 1 ? (int)kt_guest_reap_all(60000) : 99);
}

#define NO_NAMESPACE 98

/* In a process of its own, since the caller of unshare can never fork again once init is gone. */
static _Noreturn void run_init(void)
{
	int status;

	if (unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		_exit(NO_NAMESPACE);
	pid_t pid = fork();
	if (pid == 0)
		be_init();
	_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 97);
}

Test(reap, only_those_that_lived_count_as_killed)
{
	int status;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0)
		run_init();
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE)
		cr_skip_test("no PID name space here");
	cr_assert_eq(WEXITSTATUS(status), 2);
}
