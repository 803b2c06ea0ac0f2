// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fork and exec for PID 1 of the machine. What fails in the child before exec comes back as
 * an error value over a pipe that a successful exec closes.
 */
#include "softkvm/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
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

struct ends {
	int slave;    /* of the pseudoterminal, or -1 */
	int child[3]; /* what becomes 0, 1, 2 */
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
	return kt_fd_set_nonblock(c->master, true);
}

/* One end of the terminal serves input and the first output; the rest are pipes. */
static int open_stream(
	const struct kt_softkvm_start *s, int i, struct kt_softkvm_child *c, struct ends *e)
{
	int fds[2];

	if (s->tty & tty_bit[i]) {
		bool taken = i == 2 && (s->tty & KT_SOFTKVM_TTY_OUT);
		e->child[i] = dup(e->slave);
		c->streams[i] = taken ? -1 : dup(c->master);
		return e->child[i] < 0 || (!taken && c->streams[i] < 0) ? -errno : 0;
	}
	int r = kt_fd_pipe(fds);
	if (r < 0)
		return r;
	e->child[i] = fds[i == 0 ? 0 : 1];
	c->streams[i] = fds[i == 0 ? 1 : 0];
	return kt_fd_set_nonblock(c->streams[i], true);
}

static int open_streams(
	const struct kt_softkvm_start *s, struct kt_softkvm_child *c, struct ends *e)
{
	int r = s->tty ? open_pty(s, c, e) : 0;
	for (int i = 0; r >= 0 && i < 3; i++) {
		r = open_stream(s, i, c, e);
		if (r >= 0)
			r = kt_fd_set_cloexec(e->child[i], true);
		if (r >= 0 && c->streams[i] >= 0)
			r = kt_fd_set_cloexec(c->streams[i], true);
	}
	return r;
}

static void close_child_ends(struct ends *e)
{
	kt_fd_close(&e->slave);
	for (int i = 0; i < 3; i++)
		kt_fd_close(&e->child[i]);
}

static void close_own_ends(struct kt_softkvm_child *c)
{
	kt_fd_close(&c->master);
	for (int i = 0; i < 3; i++)
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

static int take_streams(const struct kt_softkvm_start *s, const struct ends *e)
{
	if (setsid() < 0)
		return -errno;
	if ((s->tty & KT_SOFTKVM_TTY_RAW) && ioctl(e->slave, TIOCSCTTY, 0) < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (dup2(e->child[i], i) < 0)
			return -errno;
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

/* Returns only when the command cannot be executed. */
static void child_exec(const struct kt_softkvm_start *s, const struct ends *e, struct kt_err *err)
{
	int r = take_streams(s, e);
	if (r < 0) {
		kt_fail(err, -r, "report this with the output of -v", "give streams to '%s': %s",
			s->argv[0], strerror(-r));
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

static int fork_child(
	const struct kt_softkvm_start *s, const struct ends *e, pid_t *ret, struct kt_err *err)
{
	struct kt_err why = {0};
	int fds[2];

	int r = kt_fd_pipe(fds);
	if (r < 0)
		return kt_fail(err, -r, "give the machine more memory", "pipe: %s", strerror(-r));
	KT_AUTOFD int from = fds[0], to = fds[1];
	pid_t pid = fork();
	if (pid < 0)
		return kt_fail(
			err, errno, "give the machine more memory", "fork: %s", strerror(errno));
	if (!pid) {
		child_exec(s, e, &why);
		(void)kt_fd_write_all(to, &why, sizeof(why)); /* nobody left to tell */
		_exit(127);
	}
	close(kt_take_fd(&to));
	if (kt_fd_read_exact(from, &why, sizeof(why)) < 0) {
		*ret = pid;
		return 0;
	}
	waitpid(pid, NULL, 0);
	*err = why;
	return -why.code;
}

int kt_softkvm_spawn(
	const struct kt_softkvm_start *s, struct kt_softkvm_child *ret, struct kt_err *err)
{
	struct kt_softkvm_child c = {.master = -1, .streams = {-1, -1, -1}};
	struct ends e = {.slave = -1, .child = {-1, -1, -1}};

	int r = open_streams(s, &c, &e);
	if (r < 0)
		kt_fail(err, -r, "give the machine more memory", "open streams of '%s': %s",
			s->argv[0], strerror(-r));
	else
		r = fork_child(s, &e, &c.pid, err);
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

void kt_softkvm_child_winsize(const struct kt_softkvm_child *c, const struct kt_softkvm_winsize *w)
{
	struct winsize size = {.ws_row = w->rows, .ws_col = w->cols};
	if (c->master >= 0)
		ioctl(c->master, TIOCSWINSZ, &size);
}
