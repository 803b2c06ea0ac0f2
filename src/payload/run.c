// SPDX-License-Identifier: GPL-2.0-only
/* The process: pipes, start in the cgroup, its end, and what it leaves behind. */
#include "payload/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/vec.h"
#include "payload/output.h"

#define DEATH_MS   5000 /* from SIGKILL to the end of the process */
#define GROUP_MS   5000 /* and from then to that of its children */
#define FIX_MEMORY "give the machine more memory"

struct kt_payload_run {
	struct kt_proc proc;
	struct kt_payload_reader *reader;
	uint64_t start_ns;
};

void kt_payload_output_done(struct kt_payload_output *o)
{
	kt_str_done(&o->out);
	kt_str_done(&o->err);
}

/* Pipes whose ends are closed when they are still here. */
struct pipes {
	int out[2], err[2];
};

static void pipes_done(struct pipes *p)
{
	for (size_t i = 0; i < 2; i++) {
		kt_fd_close(&p->out[i]);
		kt_fd_close(&p->err[i]);
	}
}

static int pipes_make(struct pipes *p, struct kt_err *err)
{
	int r = kt_fd_pipe(p->out);
	if (r == 0)
		r = kt_fd_pipe(p->err);
	return r < 0 ? kt_fail(err, -r, "raise the limit of open files (ulimit -n)",
			       "a pipe for its output: %s", strerror(-r))
		     : 0;
}

/* The words of its command line; borrowed but for the array. NULL when out of memory. */
static const char **make_argv(const struct kt_payload_spec *spec, const char *program)
{
	KT_VEC(const char *) words = {0};
	const char *const *lists[] = {spec->payload->args, spec->args};
	bool failed = kt_vec_push(&words, program) < 0;
	for (size_t i = 0; i < KT_ARRAY_LEN(lists); i++)
		for (const char *const *w = lists[i]; w && *w; w++)
			failed |= kt_vec_push(&words, *w) < 0;
	failed |= kt_vec_push(&words, (const char *)NULL) < 0;
	if (failed)
		kt_vec_done(&words);
	return words.items;
}

static int start_process(struct kt_payload_run *p, const struct kt_payload_spec *spec,
	const char *program, int cgroup_fd, struct kt_err *err)
{
	KT_AUTO_DONE(pipes_done) struct pipes pipes = {{-1, -1}, {-1, -1}};
	KT_AUTOFREE const char **argv = make_argv(spec, program);
	if (!argv)
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory");
	int r = pipes_make(&pipes, err);
	if (r < 0)
		return r;
	struct kt_proc_spec how = {
		.argv = argv,
		.stdout_fd = pipes.out[1],
		.stderr_fd = pipes.err[1],
		.own_group = !spec->payload->in_harness_group,
		.cgroup_fd = cgroup_fd,
	};
	p->start_ns = kt_now_ns();
	r = kt_proc_spawn(&how, &p->proc, err);
	if (r < 0)
		return r;
	return kt_payload_reader_start(kt_take_fd(&pipes.out[0]), kt_take_fd(&pipes.err[0]),
		p->proc.pidfd, &p->reader, err);
}

int kt_payload_start(const struct kt_payload_spec *spec, const char *program, int cgroup_fd,
	struct kt_payload_run **ret, struct kt_err *err)
{
	KT_AUTO(kt_payload_free) struct kt_payload_run *p = calloc(1, sizeof(*p));
	if (!p)
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory");
	int r = start_process(p, spec, program, cgroup_fd, err);
	if (r < 0)
		return r;
	*ret = KT_TAKE(p);
	return 0;
}

static void take_stream(const struct kt_payload_stream *s, struct kt_str *text, uint64_t *bytes)
{
	*text = s->text;
	*bytes = s->bytes;
}

/* The process is reaped. */
static void finish(
	struct kt_payload_run *p, int status, bool stopped, struct kt_payload_output *ret)
{
	struct kt_payload_stream streams[2];
	uint64_t end_ns = kt_payload_reader_stop(KT_TAKE(p->reader), streams);
	*ret = (struct kt_payload_output){
		.status = status,
		.stopped = stopped,
		.wall_ns = (end_ns ? end_ns : kt_now_ns()) - p->start_ns,
	};
	take_stream(&streams[0], &ret->out, &ret->out_bytes);
	take_stream(&streams[1], &ret->err, &ret->err_bytes);
}

/* 0 once it has ended, unreaped; -ETIMEDOUT. */
static int await_end(const struct kt_payload_run *p, uint64_t deadline_ns)
{
	struct pollfd pfd = {.fd = p->proc.pidfd, .events = POLLIN};
	for (;;) {
		int n = poll(&pfd, 1, deadline_ns ? kt_deadline_poll_ms(deadline_ns) : -1);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n && deadline_ns && kt_deadline_passed(deadline_ns))
			return -ETIMEDOUT;
	}
}

/*
 * Those it started have the same signal and end a moment later: a cgroup that is removed now
 * would still hold them. Somebody else reaps them, so this only asks, and not for long.
 */
static void await_group(pid_t group)
{
	uint64_t deadline_ns = kt_deadline_ms(GROUP_MS);
	while (kill(-group, 0) == 0 && !kt_deadline_passed(deadline_ns))
		kt_sleep_until(kt_deadline_ms(1));
}

/* What it started goes with it: before it is reaped its number still is that of its group. */
static int end_group(struct kt_payload_run *p, int *ret_status, struct kt_err *err)
{
	pid_t group = p->proc.own_group ? p->proc.pid : 0;
	(void)kt_proc_signal(&p->proc, SIGKILL); /* what is gone is reaped below */
	int r = kt_proc_wait(&p->proc, kt_deadline_ms(DEATH_MS), ret_status);
	if (r < 0)
		return kt_fail(err, -r, "see the kernel's log for what holds it",
			"it did not end within %u s of SIGKILL", DEATH_MS / 1000);
	if (group)
		await_group(group);
	return 0;
}

int kt_payload_wait(struct kt_payload_run *p, uint64_t deadline_ns, struct kt_payload_output *ret,
	struct kt_err *err)
{
	int status = 0;
	int r = await_end(p, deadline_ns);
	if (r < 0)
		return kt_fail(err, -r, "make it end by itself, or kill it",
			r == -ETIMEDOUT ? "it still runs" : "it cannot be waited for");
	r = end_group(p, &status, err);
	if (r < 0)
		return r;
	finish(p, status, false, ret);
	return 0;
}

int kt_payload_kill(struct kt_payload_run *p, struct kt_payload_output *ret, struct kt_err *err)
{
	int status = 0;
	bool ended = await_end(p, kt_now_ns()) == 0;
	int r = end_group(p, &status, err);
	if (r < 0)
		return r;
	finish(p, status, !ended, ret);
	return 0;
}

void kt_payload_free(struct kt_payload_run *p)
{
	if (!p)
		return;
	kt_proc_done(&p->proc);
	kt_payload_reader_free(p->reader);
	free(p);
}
