// SPDX-License-Identifier: GPL-2.0-only
/* Waiting, signalling and capturing children. */
#include "base/proc.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

#define LONG_MS 60000 /* far more than anything here takes */

static struct kt_proc start_shell(const char *script, bool own_group, int stdout_fd)
{
	struct kt_err err = {0};
	struct kt_proc p = {0};
	const struct kt_proc_spec spec = {
		.argv = (const char *const[]){"sh", "-c", script, NULL},
		.own_group = own_group,
		.stdout_fd = stdout_fd,
	};
	cr_assert_eq(kt_proc_spawn(&spec, &p, &err), 0, "%s", err.text);
	return p;
}

static int capture(const char *script, bool merge, struct kt_str *out, struct kt_err *err)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	return kt_proc_capture(argv, merge, kt_deadline_ms(LONG_MS), out, err);
}

/* Whether everyone who held the writing end of FD's pipe is gone. */
static bool ends(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = 0};
	return poll(&pfd, 1, LONG_MS) == 1 && pfd.revents & POLLHUP;
}

Test(proc, wait_gives_the_status_once)
{
	struct kt_proc p = start_shell("exit 7", false, 0);
	int status = 0;
	cr_assert_eq(kt_proc_wait(&p, 0, &status), 0);
	cr_assert(WIFEXITED(status));
	cr_assert_eq(WEXITSTATUS(status), 7);
	cr_assert_eq(p.pid, 0);
	cr_assert_eq(kt_proc_wait(&p, 0, &status), -ECHILD);
	cr_assert_eq(kt_proc_signal(&p, SIGKILL), -ESRCH);
	kt_proc_done(&p);
}

Test(proc, wait_ends_at_its_deadline_and_can_go_on)
{
	struct kt_proc p = start_shell("exec sleep 1000", false, 0);
	int status = 42;
	cr_assert_eq(kt_proc_wait(&p, kt_deadline_ms(20), &status), -ETIMEDOUT);
	cr_assert_eq(kt_proc_wait(&p, kt_now_ns(), &status), -ETIMEDOUT);
	cr_assert_eq(status, 42);
	cr_assert_gt(p.pid, 0);
	cr_assert_eq(kt_proc_signal(&p, SIGTERM), 0);
	cr_assert_eq(kt_proc_wait(&p, kt_deadline_ms(LONG_MS), &status), 0);
	cr_assert(WIFSIGNALED(status));
	cr_assert_eq(WTERMSIG(status), SIGTERM);
}

static volatile sig_atomic_t alarms;
static volatile pid_t to_end;

/* However late the waiting begins, the child ends only after some alarms. */
static void on_alarm(int sig)
{
	(void)sig;
	if (++alarms == 50)
		kill(to_end, SIGTERM);
}

Test(proc, wait_goes_on_after_signals)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct itimerval every_ms = {.it_value.tv_usec = 1000, .it_interval.tv_usec = 1000};
	struct kt_proc p = start_shell("exec sleep 1000", false, 0);
	to_end = p.pid;
	cr_assert_eq(sigaction(SIGALRM, &sa, NULL), 0);
	cr_assert_eq(setitimer(ITIMER_REAL, &every_ms, NULL), 0);
	int status = 0;
	cr_assert_eq(kt_proc_wait(&p, kt_deadline_ms(LONG_MS), &status), 0);
	cr_assert(WIFSIGNALED(status));
	cr_assert_eq(WTERMSIG(status), SIGTERM);
	cr_assert_geq(alarms, 50);
}

Test(proc, done_kills_and_reaps)
{
	struct kt_proc none = {0};
	kt_proc_done(&none);
	struct kt_proc p = start_shell("exec sleep 1000", false, 0);
	pid_t pid = p.pid;
	kt_proc_done(&p);
	cr_assert_eq(waitpid(pid, NULL, WNOHANG), -1);
	cr_assert_eq(errno, ECHILD);
	kt_proc_done(&p);
}

Test(proc, a_group_of_its_own_is_killed_with_its_children)
{
	int fds[2];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	struct kt_proc p = start_shell("sleep 1000 & echo up; wait", true, fds[1]);
	close(fds[1]);
	char up[3];
	cr_assert_eq(kt_fd_read_exact(fds[0], up, 3), 0);
	kt_proc_done(&p);
	cr_assert(ends(fds[0]), "the grandchild is gone too");
}

Test(proc, a_group_is_killed_even_after_its_leader_ended)
{
	int fds[2];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	struct kt_proc p = start_shell("sleep 1000 & echo up", true, fds[1]);
	close(fds[1]);
	char up[3];
	cr_assert_eq(kt_fd_read_exact(fds[0], up, 3), 0);
	struct pollfd ended = {.fd = p.pidfd, .events = POLLIN};
	cr_assert_eq(poll(&ended, 1, LONG_MS), 1);
	kt_proc_done(&p);
	cr_assert(ends(fds[0]));
}

Test(proc, capture_takes_standard_output)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	cr_assert_eq(capture("echo out; echo err >&2", false, &out, NULL), 0);
	cr_assert_str_eq(kt_str_get(&out), "out\n");
}

Test(proc, capture_merges_when_asked)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	cr_assert_eq(capture("echo out; echo err >&2", true, &out, NULL), 0);
	cr_assert_str_eq(kt_str_get(&out), "out\nerr\n");
}

Test(proc, capture_reads_more_than_pipes_hold_from_both_streams)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	const char *script =
		"i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789;"
		" echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done";
	cr_assert_eq(capture(script, false, &out, NULL), 0);
	cr_assert_eq(out.len, 3000 * 41);
}

Test(proc, a_failure_quotes_the_last_lines)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	struct kt_err err = {0};
	const char *script =
		"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo line$i >&2; done; exit 3";
	cr_assert_eq(capture(script, false, &out, &err), -EIO);
	cr_assert_not_null(strstr(err.text, "'sh' exited with 3"), "%s", err.text);
	cr_assert(kt_ends_with(err.text, "line13\nline14"), "%s", err.text);
	cr_assert_null(strstr(err.text, "line1\n"), "%s", err.text);
	cr_assert_null(strstr(err.text, "line2\n"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, "line3\n"), "%s", err.text);
}

Test(proc, a_failure_without_errors_quotes_the_output)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	struct kt_err err = {0};
	cr_assert_eq(capture("echo why; kill -SEGV $$", false, &out, &err), -EIO);
	cr_assert_str_eq(err.text, "'sh' killed by SIGSEGV, saying:\nwhy");
	cr_assert_eq(capture("exit 1", true, &(struct kt_str){0}, &err), -EIO);
	cr_assert_str_eq(err.text, "'sh' exited with 1");
}

Test(proc, capture_kills_at_its_deadline_with_all_children)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	struct kt_err err = {0};
	const char *const argv[] = {"sh", "-c", "sleep 1000; sleep 1000", NULL};
	uint64_t deadline = kt_deadline_ms(50);
	cr_assert_eq(kt_proc_capture(argv, false, deadline, &out, &err), -ETIMEDOUT);
	cr_assert(kt_deadline_passed(deadline));
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

Test(proc, writing_without_pause_does_not_outlive_the_deadline)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	const char *const argv[] = {"sh", "-c", "while :; do echo x; done", NULL};
	/* On a busy host the first line may come late. */
	for (unsigned ms = 100; ms < LONG_MS && !out.len; ms *= 2)
		cr_assert_eq(
			kt_proc_capture(argv, false, kt_deadline_ms(ms), &out, NULL), -ETIMEDOUT);
	cr_assert_gt(out.len, 0);
}

Test(proc, capture_is_bounded)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	struct kt_err err = {0};
	cr_assert_eq(capture("exec cat /dev/zero", false, &out, &err), -EFBIG);
	cr_assert_leq(out.len, (size_t)16 << 20);
	cr_assert_eq(capture("head -c 16777217 /dev/zero", false, &out, &err), -EFBIG);
	kt_str_cut(&out, 3);
	cr_assert_eq(capture("head -c 16777216 /dev/zero", false, &out, &err), 0, "%s", err.text);
	cr_assert_eq(out.len, 3 + ((size_t)16 << 20));
}

Test(proc, a_grandchild_with_the_pipe_does_not_hold_capture_up)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	const char *script = "sleep 1000 & echo $!";
	uint64_t before = kt_now_ns();
	cr_assert_eq(capture(script, true, &out, NULL), 0);
	cr_assert_lt(kt_now_ns() - before, LONG_MS * KT_NS_PER_MS);
	pid_t sleeper = (pid_t)atoi(kt_str_get(&out));
	cr_assert_gt(sleeper, 1);
	kill(sleeper, SIGKILL);
}

Test(proc, capture_reports_a_missing_program)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	struct kt_err err = {0};
	const char *const argv[] = {"ktstr-no-such-program", NULL};
	cr_assert_eq(kt_proc_capture(argv, true, 0, &out, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "ktstr-no-such-program"));
}

Test(proc, statuses_in_words)
{
	char buf[64];
	cr_assert_str_eq(kt_proc_status_text(3 << 8, buf, sizeof(buf)), "exited with 3");
	cr_assert_str_eq(kt_proc_status_text(0, buf, sizeof(buf)), "exited with 0");
	cr_assert_str_eq(kt_proc_status_text(SIGSEGV, buf, sizeof(buf)), "killed by SIGSEGV");
	cr_assert_str_eq(
		kt_proc_status_text(SIGABRT | 0x80, buf, sizeof(buf)), "killed by SIGABRT");
	cr_assert_str_eq(kt_proc_status_text(40, buf, sizeof(buf)), "killed by signal 40");
	cr_assert_str_eq(
		kt_proc_status_text(0x137f, buf, sizeof(buf)), "in an unknown state (0x137f)");
	cr_assert_str_eq(kt_proc_status_text(0, buf, 4), "exi");
}
