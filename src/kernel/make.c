// SPDX-License-Identifier: GPL-2.0-only
/* One command of a build, watched. */
#include "kernel/make.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/vec.h"

#define POLL_MS	    250
#define CALLBACK_MS 1000
#define LOG_MS	    5000
#define KILLED_MS   10000
#define TAIL_BYTES  4096
#define TAIL_LINES  12
#define TAIL_TEXT   1100

/*
 * A make that lost its parent would go on for minutes: a watcher in its process group reads
 * from a pipe of ours, and ends the group when the pipe closes because we died. Until then it
 * has the builder's lock too, lest the next one works in the same folder. The pipe comes as
 * standard input, the lock as standard error.
 */
static const char guard[] = "exec 3<&0 4<&2 </dev/null 2>&1\n"
			    "(read -r x <&3; kill -KILL 0) >/dev/null 2>&1 &\n"
			    "exec 3<&- 4<&-\n"
			    "exec \"$@\"\n";

/* The same bytes on every machine, and no make around us that limits this one. */
static const char *const build_env[] = {
	"LC_ALL=C",
	"KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970",
	"KBUILD_BUILD_USER=ktstr",
	"KBUILD_BUILD_HOST=ktstr",
	"KBUILD_BUILD_VERSION=1",
	"KBUILD_VERBOSE=0",
	"LOCALVERSION=",
	"KCONFIG_CONFIG=.config",
	"MAKEFLAGS=",
	"GNUMAKEFLAGS=",
	"MFLAGS=",
	"MAKELEVEL=",
	NULL,
};

int kt_kmake_cancelled(const struct kt_kmake *m, struct kt_err *err)
{
	if (!m->cancel || !*m->cancel)
		return 0;
	return kt_fail(err, EINTR, "run the command again; kernels that are finished stay cached",
		"the kernel build was interrupted");
}

static void report_now(struct kt_kmake *m)
{
	uint64_t now = kt_now_ns();
	struct kt_kernel_progress p = {
		.phase = m->phase,
		.steps = m->steps,
		.expected = KT_MAX(m->expected, m->steps),
		.elapsed_ms = (now - m->started_ns) / KT_NS_PER_MS,
	};
	m->reported_ns = now;
	unsigned long long seconds = p.elapsed_ms / 1000;
	if (m->progress)
		m->progress(m->progress_arg, &p);
	else if (p.steps)
		kt_log(KT_LOG_INFO, "kernel: %s, %llu of about %llu files, %llu s", p.phase,
			(unsigned long long)p.steps, (unsigned long long)p.expected, seconds);
	else
		kt_log(KT_LOG_INFO, "kernel: %s, %llu s", p.phase, seconds);
}

void kt_kmake_phase(struct kt_kmake *m, const char *phase)
{
	m->phase = phase;
	report_now(m);
}

void kt_kmake_report(struct kt_kmake *m)
{
	uint64_t every_ms = m->progress ? CALLBACK_MS : LOG_MS;
	if (kt_now_ns() - m->reported_ns >= every_ms * KT_NS_PER_MS)
		report_now(m);
}

static bool is_error(const char *line)
{
	static const char *const signs[] = {
		"error:", "Error:", "ERROR:", "undefined reference", "*** ", ": not found"};
	for (size_t i = 0; i < KT_ARRAY_LEN(signs); i++) {
		if (strstr(line, signs[i]))
			return true;
	}
	return false;
}

/* Kbuild says "  CC      file.o" for each step. */
static void take_line(struct kt_kmake *m)
{
	m->line[m->line_bytes] = '\0';
	m->line_bytes = 0;
	const char *l = m->line;
	if (l[0] == ' ' && l[1] == ' ' && l[2] >= 'A' && l[2] <= 'Z')
		m->steps += m->counting;
	else if (!m->first_error[0] && is_error(l))
		memcpy(m->first_error, l, sizeof(m->first_error));
}

static void take_output(struct kt_kmake *m, const char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (data[i] == '\n')
			take_line(m);
		else if (m->line_bytes < sizeof(m->line) - 1)
			m->line[m->line_bytes++] = data[i];
	}
}

/* Copy OUT_FD to the log until all writers closed it, or until cancelled. */
static int follow(struct kt_kmake *m, int out_fd, struct kt_err *err)
{
	char buf[16384];
	for (;;) {
		struct pollfd pfd = {.fd = out_fd, .events = POLLIN};
		int ready = poll(&pfd, 1, POLL_MS);
		int r = kt_kmake_cancelled(m, err);
		if (r < 0)
			return r;
		kt_kmake_report(m);
		if (ready <= 0)
			continue;
		ssize_t n = read(out_fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		take_output(m, buf, (size_t)n);
		r = kt_fd_write_all(m->log_fd, buf, (size_t)n);
		if (r < 0)
			return kt_fail(err, -r, "free some space", "cannot write '%s': %s",
				m->log_path, strerror(-r));
	}
}

/* After SIGKILL to the group: its end of the output closes when the last of them is gone. */
static void drain(int out_fd)
{
	char buf[4096];
	uint64_t deadline = kt_deadline_ms(KILLED_MS);
	while (!kt_deadline_passed(deadline)) {
		struct pollfd pfd = {.fd = out_fd, .events = POLLIN};
		if (poll(&pfd, 1, kt_deadline_poll_ms(deadline)) > 0 &&
			read(out_fd, buf, sizeof(buf)) == 0)
			return;
	}
}

/* The last lines of the log, from FROM on. */
static void add_tail(struct kt_str *text, const char *log_path, off_t from)
{
	char buf[TAIL_BYTES + 1];
	KT_AUTOFD int fd = open(log_path, O_RDONLY | O_CLOEXEC);
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	off_t start = KT_MAX(from, end - TAIL_BYTES);
	ssize_t n = fd < 0 ? 0 : pread(fd, buf, TAIL_BYTES, start);
	if (n <= 0)
		return;
	while (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	char *p = buf + n;
	unsigned lines = 0;
	while (p > buf && buf + n - p < TAIL_TEXT && lines < TAIL_LINES) {
		if (*--p == '\n')
			lines++;
	}
	kt_str_addf(text, "\nlast lines of %s:\n%s", log_path, *p == '\n' ? p + 1 : p);
}

/* Failures that are not of the source, by what the tools say of them. */
static const struct {
	const char *words, *fix;
	int errnum;
} outside[] = {
	{"No space left on device", "free some space, or set KTSTR_CACHE_DIR to a larger disk",
		ENOSPC},
	{"Disk quota exceeded", "free some space, or set KTSTR_CACHE_DIR to another disk", EDQUOT},
	{"Killed signal terminated program", "free some memory, or compile less at once (--jobs 1)",
		ENOMEM},
};

static int failed_command(
	const struct kt_kmake *m, const char *what, int status, off_t from, struct kt_err *err)
{
	char how[64];
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_str_addf(&text, "%s: '%s' %s", m->phase, what,
		kt_proc_status_text(status, how, sizeof(how)));
	if (m->first_error[0])
		kt_str_addf(&text, "\nfirst error: %s", m->first_error);
	add_tail(&text, m->log_path, from);
	for (size_t i = 0; i < KT_ARRAY_LEN(outside); i++) {
		if (strstr(kt_str_get(&text), outside[i].words))
			return kt_fail(
				err, outside[i].errnum, outside[i].fix, "%s", kt_str_get(&text));
	}
	kt_fail(err, EIO, "read the log", "%s", kt_str_get(&text));
	kt_fix(err, "read the whole log in %s", m->log_path);
	return -EIO;
}

/* ARGV behind the guard, and the line that stands for it in the log. */
static int guarded(const char *const *argv, const char ***ret, struct kt_str *line)
{
	KT_VEC(const char *) v = {0};
	const char *const head[] = {"sh", "-c", guard, "sh"};
	int r = 0;
	for (size_t i = 0; i < KT_ARRAY_LEN(head); i++)
		r |= kt_vec_push(&v, head[i]);
	for (; *argv; argv++) {
		r |= kt_vec_push(&v, *argv);
		kt_str_addf(line, "%s%s", line->len ? " " : "+ ", *argv);
	}
	kt_str_add(line, "\n");
	r |= kt_vec_push(&v, NULL);
	if (r < 0 || line->failed) {
		kt_vec_done(&v);
		return -ENOMEM;
	}
	*ret = v.items;
	return 0;
}

static int spawn(const struct kt_kmake *m, const char *const *argv, const char *cwd, int guard_fd,
	int out_fd, struct kt_proc *ret, struct kt_err *err)
{
	struct kt_proc_spec spec = {
		.argv = argv,
		.env = build_env,
		.cwd = cwd,
		.stdin_fd = guard_fd,
		.stdout_fd = out_fd,
		.stderr_fd = m->lock_fd > 0 ? m->lock_fd : guard_fd,
		.own_group = true,
	};
	return kt_proc_spawn(&spec, ret, err);
}

static int watch(struct kt_kmake *m, struct kt_proc *p, int out_fd, const char *what, off_t from,
	struct kt_err *err)
{
	int status;
	int r = follow(m, out_fd, err);
	if (r < 0) {
		kt_proc_signal(p, SIGKILL);
		drain(out_fd);
		return r;
	}
	r = kt_proc_wait(p, kt_deadline_ms(KILLED_MS), &status);
	if (r < 0)
		return kt_fail(
			err, -r, "read the log", "'%s' closed its output but does not end", what);
	return status ? failed_command(m, what, status, from, err) : 0;
}

int kt_kmake_run(struct kt_kmake *m, const char *const *argv, const char *cwd, struct kt_err *err)
{
	KT_AUTOFREE const char **full = NULL;
	KT_AUTO_DONE(kt_str_done) struct kt_str line = {0};
	KT_AUTO_DONE(kt_proc_done) struct kt_proc p = {0};
	int guard_fds[2], out_fds[2];
	int r = guarded(argv, &full, &line);
	if (r < 0)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	off_t from = lseek(m->log_fd, 0, SEEK_END);
	m->first_error[0] = '\0';
	m->line_bytes = 0;
	if ((r = kt_fd_write_all(m->log_fd, line.text, line.len)) < 0)
		return kt_fail(err, -r, "free some space", "cannot write '%s'", m->log_path);
	if ((r = kt_fd_pipe(guard_fds)) < 0)
		return kt_fail(err, -r, "close some files (ulimit -n)", "cannot make a pipe");
	KT_AUTOFD int guard_read = guard_fds[0];
	KT_AUTOFD int guard_write = guard_fds[1];
	(void)guard_write; /* only its closing matters */
	if ((r = kt_fd_pipe(out_fds)) < 0)
		return kt_fail(err, -r, "close some files (ulimit -n)", "cannot make a pipe");
	KT_AUTOFD int out_read = out_fds[0];
	KT_AUTOFD int out_write = out_fds[1];
	r = spawn(m, full, cwd, guard_read, out_write, &p, err);
	if (r < 0)
		return r;
	close(kt_take_fd(&out_write));
	return watch(m, &p, out_read, argv[0], from, err);
}
