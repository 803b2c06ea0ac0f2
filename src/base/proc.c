// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running children and waiting for them, through pidfds: a pid that was reaped is never
 * signalled. Starting them is in proc_spawn.c.
 */
#include "base/proc.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

#define CAPTURE_MAX_BYTES ((size_t)16 << 20)
#define TAIL_LINES	  12u
#define TAIL_BYTES	  1200u

/* Wait for a child that is known to end. Afterwards P is "none", whatever waitpid said. */
static int reap(struct kt_proc *p, int *ret_status)
{
	int status;
	pid_t pid;
	do
		pid = waitpid(p->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	int r = pid < 0 ? -errno : 0;
	close(p->pidfd);
	p->pid = 0;
	p->pidfd = -1;
	if (!r && ret_status)
		*ret_status = status;
	return r;
}

int kt_proc_wait(struct kt_proc *p, uint64_t deadline_ns, int *ret_status)
{
	if (p->pid <= 0)
		return -ECHILD;
	struct pollfd pfd = {.fd = p->pidfd, .events = POLLIN};
	for (;;) {
		int n = poll(&pfd, 1, deadline_ns ? kt_deadline_poll_ms(deadline_ns) : -1);
		if (n > 0)
			return reap(p, ret_status);
		if (n < 0 && errno != EINTR)
			return -errno;
		/* Asked once more after the deadline: poll answers 0 only when it still runs. */
		if (!n && deadline_ns && kt_deadline_passed(deadline_ns))
			return -ETIMEDOUT;
	}
}

int kt_proc_signal(struct kt_proc *p, int sig)
{
	if (p->pid <= 0)
		return -ESRCH;
	/* Unreaped, so the pid is still its own and names its group, unless it left that. */
	if (p->own_group && !kill(-p->pid, sig))
		return 0;
	return pidfd_send_signal(p->pidfd, sig, NULL, 0) < 0 ? -errno : 0;
}

void kt_proc_done(struct kt_proc *p)
{
	if (p->pid <= 0)
		return;
	/* Before reaping, also when it has ended: its group may live on, and the pid names it. */
	kt_proc_signal(p, SIGKILL);
	reap(p, NULL);
}

const char *kt_proc_status_text(int status, char *buf, size_t bytes)
{
	if (WIFEXITED(status)) {
		snprintf(buf, bytes, "exited with %d", WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		const char *name = sigabbrev_np(WTERMSIG(status));
		if (name)
			snprintf(buf, bytes, "killed by SIG%s", name);
		else
			snprintf(buf, bytes, "killed by signal %d", WTERMSIG(status));
	} else {
		snprintf(buf, bytes, "in an unknown state (0x%x)", (unsigned)status);
	}
	return buf;
}

/* One output of a captured child: the reading end and what came. */
struct stream {
	int fd; /* -1 after its end */
	struct kt_str *out;
	size_t left; /* bytes it may still bring */
};

/* Read what is there. At the end of file the stream is closed. -EFBIG beyond the limit. */
static int stream_pull(struct stream *s)
{
	char chunk[65536];
	ssize_t n = read(s->fd, chunk, sizeof(chunk));
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (!n) {
		close(s->fd);
		s->fd = -1;
		return 0;
	}
	if ((size_t)n > s->left)
		return -EFBIG;
	s->left -= (size_t)n;
	kt_str_add_bytes(s->out, chunk, (size_t)n);
	return s->out->failed ? -ENOMEM : 1;
}

/*
 * Read both streams until the child has ended and nothing is left to read. A grandchild that
 * keeps a pipe open does not hold us up.
 */
static int pump(struct kt_proc *p, struct stream s[2], uint64_t deadline_ns)
{
	bool ended = false;
	for (;;) {
		struct pollfd pfd[3] = {
			{.fd = s[0].fd, .events = POLLIN},
			{.fd = s[1].fd, .events = POLLIN},
			{.fd = ended ? -1 : p->pidfd, .events = POLLIN},
		};
		int wait_ms = ended ? 0 : deadline_ns ? kt_deadline_poll_ms(deadline_ns) : -1;
		int n = poll(pfd, 3, wait_ms);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0 && ended)
			return 0;
		for (int i = 0; n > 0 && i < 2; i++) {
			int r = pfd[i].revents ? stream_pull(&s[i]) : 0;
			if (r < 0)
				return r;
		}
		ended = ended || (n > 0 && pfd[2].revents);
		/* Asked in every round: one that writes without pause has a deadline too. */
		if (!ended && deadline_ns && kt_deadline_passed(deadline_ns))
			return -ETIMEDOUT;
	}
}

/* The last lines of TEXT, without trailing newlines. */
static void add_tail(struct kt_str *out, const struct kt_str *text)
{
	const char *start = kt_str_get(text);
	const char *end = start + text->len;
	while (end > start && end[-1] == '\n')
		end--;
	const char *p = end;
	for (unsigned lines = 0; p > start && (size_t)(end - p) < TAIL_BYTES; p--)
		if (p[-1] == '\n' && ++lines == TAIL_LINES)
			break;
	kt_str_add_bytes(out, p, (size_t)(end - p));
}

/* Judge how NAME ended; SAID and, when that is empty, OUT is what it said. */
static int judge(const char *name, int status, const struct kt_str *said, const struct kt_str *out,
	struct kt_err *err)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	char how[64];
	KT_AUTO_DONE(kt_str_done) struct kt_str tail = {0};
	add_tail(&tail, said->len ? said : out);
	return kt_fail(err, EIO, "see what the program said and run it by hand", "'%s' %s%s%s",
		name, kt_proc_status_text(status, how, sizeof(how)), tail.len ? ", saying:\n" : "",
		kt_str_get(&tail));
}

static int fail_capture(int r, const char *name, struct kt_err *err)
{
	if (r == -ETIMEDOUT)
		return kt_fail(err, ETIMEDOUT, "see why the program hangs by running it by hand",
			"'%s' did not end in time and was killed", name);
	if (r == -EFBIG)
		return kt_fail(err, EFBIG, "run the program by hand",
			"'%s' wrote more than %zu bytes and was killed", name, CAPTURE_MAX_BYTES);
	return kt_fail(err, -r, "free memory or close other programs", "running '%s' failed: %s",
		name, strerror(-r));
}

/* Start ARGV with its outputs going into the streams' pipes. */
static int start_captured(const char *const *argv, bool merge, struct stream s[2],
	struct kt_proc *ret, struct kt_err *err)
{
	KT_AUTOFD int out = -1;
	KT_AUTOFD int said = -1;
	int fds[2];
	int r = kt_fd_pipe(fds);
	if (!r) {
		s[0].fd = fds[0];
		out = fds[1];
		r = merge ? 0 : kt_fd_pipe(fds);
	}
	if (!r && !merge) {
		s[1].fd = fds[0];
		said = fds[1];
	}
	if (r < 0)
		return kt_fail(err, -r, "raise the limit of open files (ulimit -n)",
			"no pipe for '%s': %s", argv[0], strerror(-r));
	/* A group of its own, so that the deadline also ends what the program started. */
	struct kt_proc_spec spec = {
		.argv = argv,
		.stdout_fd = out,
		.stderr_fd = merge ? out : said,
		.own_group = true,
	};
	return kt_proc_spawn(&spec, ret, err);
}

int kt_proc_capture(const char *const *argv, bool merge, uint64_t deadline_ns, struct kt_str *out,
	struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str said = {0};
	KT_AUTO_DONE(kt_proc_done) struct kt_proc p = {0};
	struct stream s[2] = {
		{.fd = -1, .out = out, .left = CAPTURE_MAX_BYTES},
		{.fd = -1, .out = &said, .left = CAPTURE_MAX_BYTES},
	};
	int status = 0;
	int r = start_captured(argv, merge, s, &p, err);
	if (!r) {
		r = pump(&p, s, deadline_ns);
		if (!r)
			r = reap(&p, &status);
		r = r < 0 ? fail_capture(r, argv[0], err) : judge(argv[0], status, &said, out, err);
	}
	for (int i = 0; i < 2; i++)
		if (s[i].fd >= 0)
			close(s[i].fd);
	return r;
}
