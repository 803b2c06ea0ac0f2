/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A softkvm machine played by a thread, for tests of the launcher's loop: what it says on its
 * ports, and what it hears. Include it once, in a test of src/softkvm.
 */
#pragma once

#include "softkvm/session.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

struct play;
typedef void script(struct play *p);

struct play {
	struct kt_softkvm_session s;
	int machine[KT_SOFTKVM_PORT_COUNT]; /* the machine's ends */
	int monitor;			    /* QEMU's end */
	int user_out;			    /* what the user reads */
	script *run;
	struct kt_softkvm_inbox in;
	char stdin_seen[64];
};

static const char *const argv[] = {"cmd", NULL};
static const char *const none[] = {NULL};
static const char *const sleeper[] = {"sleep", "600", NULL};

static inline void say(
	struct play *p, enum kt_softkvm_msg_type type, const void *data, size_t bytes)
{
	struct kt_softkvm_outbox o = {0};
	cr_assert_eq(kt_softkvm_put(&o, type, data, bytes), 0);
	cr_assert_eq(kt_softkvm_flush(&o, p->machine[KT_SOFTKVM_PORT_CONTROL]), 0);
	kt_softkvm_outbox_done(&o);
}

/* Read until a message of TYPE came. */
static inline struct kt_softkvm_msg hear(struct play *p, enum kt_softkvm_msg_type type)
{
	struct kt_softkvm_msg m = {0};
	struct pollfd fd = {.fd = p->machine[KT_SOFTKVM_PORT_CONTROL], .events = POLLIN};

	for (;;) {
		int r = kt_softkvm_next(&p->in, &m);
		if (r < 0 || (r == 1 && m.type == type))
			return m;
		if (r == 1)
			continue;
		poll(&fd, 1, -1);
		if (kt_softkvm_fill(&p->in, fd.fd) < 0)
			return (struct kt_softkvm_msg){0};
	}
}

static inline void come_up(struct play *p)
{
	uint32_t version = KT_SOFTKVM_VERSION;
	say(p, KT_SOFTKVM_MSG_READY, &version, sizeof(version));
	hear(p, KT_SOFTKVM_MSG_START);
	say(p, KT_SOFTKVM_MSG_STARTED, NULL, 0);
}

static inline void report(struct play *p, uint32_t code, uint64_t stdout_bytes)
{
	struct kt_softkvm_exit e = {.code = code, .bytes[KT_SOFTKVM_STREAM_STDOUT] = stdout_bytes};
	say(p, KT_SOFTKVM_MSG_EXIT, &e, sizeof(e));
}

static inline void *play_main(void *arg)
{
	struct play *p = arg;
	p->run(p);
	return NULL;
}

static inline void set_up(struct play *p, const char *input)
{
	int in[2], out[2], console[2], says[2], monitor[2];

	*p = (struct play){.in = {.side = KT_SOFTKVM_MACHINE}};
	cr_assert_eq(pipe(in), 0);
	cr_assert_eq(pipe(out), 0);
	cr_assert_eq(write(in[1], input, strlen(input)), (ssize_t)strlen(input));
	close(in[1]);
	dup2(in[0], 0);
	dup2(out[1], 1);
	p->user_out = out[0];
	for (int i = 0; i < KT_SOFTKVM_PORT_COUNT; i++) {
		int fds[2];
		cr_assert_eq(
			socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
		p->s.ports[i] = fds[0];
		p->machine[i] = fds[1];
	}
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, console), 0);
	cr_assert_eq(pipe2(says, O_NONBLOCK), 0);
	cr_assert_eq(write(console[1], "last words\n", 11), 11);
	p->s.console_fd = console[0];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, monitor), 0);
	p->s.monitor_fd = monitor[0];
	p->monitor = monitor[1];
	p->s.qemu_says_fd = says[0];
	p->s.vcpus = 1;
	p->s.boot_ms = 60000;
	p->s.kernel_path = "/the/kernel";
	p->s.argv = argv;
	p->s.env = none;
	p->s.rw_dirs = none;
	struct kt_proc_spec spec = {.argv = sleeper};
	cr_assert_eq(kt_proc_spawn(&spec, &p->s.qemu, NULL), 0);
}

static inline int serve(struct play *p, script *run, int *status, struct kt_err *err)
{
	pthread_t thread;

	p->run = run;
	cr_assert_eq(pthread_create(&thread, NULL, play_main, p), 0);
	int r = kt_softkvm_session_serve(&p->s, status, err);
	for (int i = 0; i < KT_SOFTKVM_PORT_COUNT; i++)
		if (p->s.ports[i] >= 0)
			shutdown(p->s.ports[i], SHUT_RDWR);
	pthread_join(thread, NULL);
	kt_softkvm_inbox_done(&p->in);
	kt_proc_done(&p->s.qemu);
	return r;
}

static inline void expect_failure(script *run, int errnum, const char *part)
{
	struct play p;
	struct kt_err err = {0};
	int status = 77;

	set_up(&p, "");
	cr_expect_eq(serve(&p, run, &status, &err), -errnum, "%s", err.text);
	cr_expect_eq(status, 77);
	cr_expect_not_null(strstr(err.text, part), "%s", err.text);
	cr_expect_neq(err.fix[0], '\0');
}
