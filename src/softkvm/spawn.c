// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fork and exec for PID 1 of the machine. What fails in the child before exec comes back as
 * an error value over a pipe that a successful exec closes.
 *
 * The kernel lets Ctrl-Z stop a process group only when a parent in the same session, other
 * than PID 1, could continue it. With a terminal the command therefore is a job of a keeper,
 * which leads the session, as on the host it is one of the shell's. The keeper tells of a
 * stop by stopping itself, and leaves the command's end to be reaped by PID 1.
 */
#include "softkvm/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

/* Above all numbers that the command's descriptors can have. */
#define ASIDE_FD ((int)KT_SOFTKVM_OUT_FD_MAX + 1)

struct ends {
	int slave;			   /* of the pseudoterminal, or -1 */
	int child[KT_SOFTKVM_STREAMS_MAX]; /* what the command gets */
	unsigned count;
};

static const uint32_t tty_bit[3] = {KT_SOFTKVM_TTY_IN, KT_SOFTKVM_TTY_OUT, KT_SOFTKVM_TTY_ERR};

static int open_pty(const struct kt_softkvm_start *s, struct kt_softkvm_child *c, struct ends *e)
{
	struct winsize w = {.ws_row = s->winsize.rows, .ws_col = s->winsize.cols};
	struct termios t;

	c->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->master < 0 || grantpt(c->master) < 0 || unlockpt(c->master) < 0)
		return -errno;
	e->slave = ioctl(c->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (e->slave < 0 || tcgetattr(e->slave, &t) < 0)
		return -errno;
	if (!(s->tty & KT_SOFTKVM_TTY_RAW))
		cfmakeraw(&t); /* the host's terminal does the line editing already */
	if (tcsetattr(e->slave, TCSANOW, &t) < 0 || ioctl(e->slave, TIOCSWINSZ, &w) < 0)
		return -errno;
	if (fchown(e->slave, s->uid, s->gid) < 0)
		return -errno;
	return kt_fd_set_nonblock(c->master, true);
}

/*
 * One end of the terminal serves input and the first output; the rest are pipes. They are the
 * user's, who may open them again by name (/dev/stdout, /dev/fd/7).
 */
static int open_stream(
	const struct kt_softkvm_start *s, unsigned i, struct kt_softkvm_child *c, struct ends *e)
{
	int fds[2];

	if (i <= KT_SOFTKVM_STREAM_STDERR && s->tty & tty_bit[i]) {
		bool taken = i == KT_SOFTKVM_STREAM_STDERR && (s->tty & KT_SOFTKVM_TTY_OUT);
		e->child[i] = fcntl(e->slave, F_DUPFD_CLOEXEC, 0);
		c->streams[i] = taken ? -1 : fcntl(c->master, F_DUPFD_CLOEXEC, 0);
		return e->child[i] < 0 || (!taken && c->streams[i] < 0) ? -errno : 0;
	}
	int r = kt_fd_pipe(fds);
	if (r < 0)
		return r;
	bool input = i == KT_SOFTKVM_STREAM_STDIN;
	e->child[i] = fds[input ? 0 : 1];
	c->streams[i] = fds[input ? 1 : 0];
	if (fchown(e->child[i], s->uid, s->gid) < 0)
		return -errno;
	return kt_fd_set_nonblock(c->streams[i], true);
}

static int open_streams(
	const struct kt_softkvm_start *s, struct kt_softkvm_child *c, struct ends *e)
{
	int r = s->tty ? open_pty(s, c, e) : 0;
	for (unsigned i = 0; r >= 0 && i < e->count; i++)
		r = open_stream(s, i, c, e);
	return r;
}

static void close_child_ends(struct ends *e)
{
	kt_fd_close(&e->slave);
	for (unsigned i = 0; i < e->count; i++)
		kt_fd_close(&e->child[i]);
}

static void close_own_ends(struct kt_softkvm_child *c)
{
	kt_fd_close(&c->master);
	for (unsigned i = 0; i < KT_SOFTKVM_STREAMS_MAX; i++)
		kt_fd_close(&c->streams[i]);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The keeper: holds nothing that the command or its readers wait for, and watches. */
static _Noreturn void watch(pid_t command)
{
	siginfo_t info;

	close_range(0, ~0u, 0);
	for (;;) {
		if (waitid(P_PID, (id_t)command, &info, WEXITED | WSTOPPED | WNOWAIT) < 0) {
			if (errno == EINTR)
				continue;
			_exit(1);
		}
		if (info.si_code != CLD_STOPPED && info.si_code != CLD_TRAPPED)
			_exit(0); /* not reaped: PID 1 inherits it and has its status */
		waitid(P_PID, (id_t)command, &info, WSTOPPED | WNOHANG);
		raise(SIGSTOP);
	}
}

/* A session of its own and, where there is one, the terminal. Returns in the command only. */
static int take_session(const struct kt_softkvm_start *s, const struct ends *e)
{
	if (setsid() < 0)
		return -errno;
	if (!(s->tty & KT_SOFTKVM_TTY_RAW))
		return 0;
	if (ioctl(e->slave, TIOCSCTTY, 0) < 0)
		return -errno;
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0)
		watch(pid);
	if (setpgid(0, 0) < 0)
		return -errno;
	signal(SIGTTOU, SIG_IGN); /* until it has the terminal, taking it is background output */
	return tcsetpgrp(e->slave, getpid()) < 0 ? -errno : 0;
}

/* Descriptors go to their numbers by way of numbers that none of them has. */
static int take_streams(const struct kt_softkvm_start *s, struct ends *e)
{
	for (unsigned i = 0; i < e->count; i++) {
		e->child[i] = fcntl(e->child[i], F_DUPFD_CLOEXEC, ASIDE_FD);
		if (e->child[i] < 0)
			return -errno;
	}
	for (unsigned i = 0; i < e->count; i++) {
		int number = i < KT_SOFTKVM_STREAM_OUT0
				     ? (int)i
				     : (int)s->out_fds[i - KT_SOFTKVM_STREAM_OUT0];
		if (dup2(e->child[i], number) < 0)
			return -errno;
	}
	return 0;
}

static int take_identity(const struct kt_softkvm_start *s, struct kt_err *err)
{
	umask(s->umask);
	if (setgroups(s->group_count, s->groups) < 0 || setresgid(s->gid, s->gid, s->gid) < 0 ||
		setresuid(s->uid, s->uid, s->uid) < 0)
		return kt_fail(err, errno, "run ktstr as root", "become user %u, group %u: %s",
			s->uid, s->gid, strerror(errno));
	if (chdir(s->cwd) < 0)
		return kt_fail(err, errno,
			"run from a folder that is on the host's file systems, or share it with "
			"--rw",
			"enter working directory '%s' in the machine: %s", s->cwd, strerror(errno));
	return 0;
}

/* What a guest does on the first CPU is lost now and then (README). */
static int leave_first_cpu(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -errno;
	CPU_CLR(0, &set);
	if (!CPU_COUNT(&set))
		return 0;
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

/* Tells the command's pid on TO first. Returns only when the command cannot be executed. */
static void child_exec(const struct kt_softkvm_start *s, struct ends *e, int to, struct kt_err *err)
{
	int r = take_session(s, e);
	pid_t pid = getpid();

	(void)kt_fd_write_all(to, &pid, sizeof(pid)); /* PID 1 waits for it */
	r = r < 0 ? r : take_streams(s, e);
	if (r < 0) {
		kt_fail(err, -r, "report this with the output of -v", "give streams to '%s': %s",
			s->argv[0], strerror(-r));
		return;
	}
	r = leave_first_cpu();
	if (r < 0) {
		kt_fail(err, -r, "report this with the output of -v",
			"take '%s' off the first CPU: %s", s->argv[0], strerror(-r));
		return;
	}
	if (take_identity(s, err) < 0)
		return;
	environ = (char **)(uintptr_t)s->env;
	reset_signals();
	execvp(s->argv[0], (char *const *)(uintptr_t)s->argv);
	kt_fail(err, errno, "check the command's name and PATH", "execute '%s': %s", s->argv[0],
		strerror(errno));
}

/* 0 once the command runs; else its error. FROM is at its end when exec closed the other one. */
static int await_exec(int from, struct kt_softkvm_child *c, struct kt_err *err)
{
	struct kt_err why = {0};

	if (kt_fd_read_exact(from, &c->pid, sizeof(c->pid)) < 0)
		return kt_fail(err, EIO, "give the machine more memory",
			"the command's process ended before it began");
	if (kt_fd_read_exact(from, &why, sizeof(why)) < 0)
		return 0;
	if (err)
		*err = why;
	return -why.code;
}

static int fork_child(const struct kt_softkvm_start *s, struct ends *e, struct kt_softkvm_child *c,
	struct kt_err *err)
{
	struct kt_err why = {0};
	int fds[2];

	int r = kt_fd_pipe(fds);
	if (r < 0)
		return kt_fail(err, -r, "give the machine more memory", "pipe: %s", strerror(-r));
	KT_AUTOFD int from = fds[0];
	KT_AUTOFD int to = fcntl(fds[1], F_DUPFD_CLOEXEC, ASIDE_FD);
	close(fds[1]);
	if (to < 0)
		return kt_fail(err, errno, "report this with the output of -v",
			"descriptor above %d: %s", ASIDE_FD, strerror(errno));
	pid_t first = fork();
	if (first < 0)
		return kt_fail(
			err, errno, "give the machine more memory", "fork: %s", strerror(errno));
	if (!first) {
		child_exec(s, e, to, &why);
		(void)kt_fd_write_all(to, &why, sizeof(why)); /* nobody left to tell */
		_exit(127);
	}
	close(kt_take_fd(&to));
	c->keeper = s->tty & KT_SOFTKVM_TTY_RAW ? first : 0;
	r = await_exec(from, c, err);
	if (r < 0) {
		waitpid(first, NULL, 0);
		if (c->pid > 0 && c->pid != first)
			waitpid(c->pid, NULL, 0); /* inherited from its keeper */
	}
	return r;
}

int kt_softkvm_spawn(
	const struct kt_softkvm_start *s, struct kt_softkvm_child *ret, struct kt_err *err)
{
	struct kt_softkvm_child c = {.master = -1};
	struct ends e = {.slave = -1, .count = KT_SOFTKVM_STREAM_OUT0 + s->out_fd_count};

	for (unsigned i = 0; i < KT_SOFTKVM_STREAMS_MAX; i++)
		c.streams[i] = e.child[i] = -1;
	int r = open_streams(s, &c, &e);
	if (r < 0)
		kt_fail(err, -r, "give the machine more memory", "open streams of '%s': %s",
			s->argv[0], strerror(-r));
	else
		r = fork_child(s, &e, &c, err);
	close_child_ends(&e);
	if (r < 0) {
		close_own_ends(&c);
		return r;
	}
	*ret = c;
	return 0;
}

void kt_softkvm_child_signal(const struct kt_softkvm_child *c, int sig)
{
	pid_t group = c->master >= 0 ? tcgetpgrp(c->master) : -1;
	kill(group > 0 ? -group : -c->pid, sig);
}

void kt_softkvm_child_continue(const struct kt_softkvm_child *c)
{
	if (c->keeper > 0)
		kill(c->keeper, SIGCONT);
	kill(-c->pid, SIGCONT);
}

void kt_softkvm_child_winsize(const struct kt_softkvm_child *c, const struct kt_softkvm_winsize *w)
{
	struct winsize size = {.ws_row = w->rows, .ws_col = w->cols};
	if (c->master >= 0)
		ioctl(c->master, TIOCSWINSZ, &size);
}
