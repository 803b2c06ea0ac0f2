// SPDX-License-Identifier: GPL-2.0-only
/*
 * One poll loop over the control port, SIGCHLD and the pumps. The control port's hang-up is
 * the launcher's death, however it died: the machine then restarts, which ends QEMU.
 */
#include "softkvm/init.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "softkvm/inside.h"
#include "softkvm/mounts.h"
#include "softkvm/msg.h"
#include "softkvm/ports.h"
#include "softkvm/spawn.h"
#include "softkvm/streams.h"

#define START_DEADLINE_MS 60000
/* Processes left behind by the command may write their last words for so long. */
#define GRACE_MS 500
/* After SIGKILL to all, a stream that still has a writer (stuck in the kernel) is given up. */
#define KILLED_MS 5000
/* What a stopped command wrote last is on its way while the terminal is not silent for so long. */
#define STOP_QUIET_MS 20
/* Others may write on: then it is enough to have waited so long. */
#define STOP_MS		 300
#define KMSG_RECORDS_MAX 20000

enum {
	SLOT_CONTROL,
	SLOT_SIGNAL,
	SLOT_STREAMS,
	SLOT_COUNT = SLOT_STREAMS + KT_SOFTKVM_STREAM_SLOTS
};

enum end_phase { RUNNING, GRACE, KILLED, REPORTED };

struct machine {
	int ports[KT_SOFTKVM_PORT_COUNT];
	int signal_fd;
	struct kt_softkvm_inbox inbox;
	struct kt_softkvm_outbox outbox;
	struct kt_softkvm_child child;
	struct kt_softkvm_streams streams;
	bool stopped; /* the command is, and the launcher was not told yet */
	uint64_t stop_deadline_ns;
	enum end_phase phase;
	uint64_t phase_deadline_ns;
	int status; /* of the command, as of waitpid */
};

static _Noreturn void end_machine(void)
{
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void say(const char *text)
{
	KT_AUTOFD int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		dprintf(fd, "<1>softkvm: %s\n", text);
}

/* Tell the launcher and wait until it has gone: it ends QEMU when it has heard. */
static _Noreturn void fail_machine(struct machine *m, const struct kt_err *err)
{
	struct pollfd control = {.fd = m->ports[KT_SOFTKVM_PORT_CONTROL], .events = POLLIN};

	say(err->text);
	if (control.fd >= 0 && kt_softkvm_put_failed(&m->outbox, err) == 0)
		while (!kt_softkvm_outbox_empty(&m->outbox) &&
			kt_softkvm_flush(&m->outbox, control.fd) == 0)
			poll(&control, 1, 100);
	control.events = 0;
	if (control.fd >= 0)
		poll(&control, 1, START_DEADLINE_MS);
	end_machine();
}

/* Before a test scheduler starves normal tasks, relaying must still work; children are normal. */
static void set_up_process(struct machine *m)
{
	struct sched_param fifo = {.sched_priority = 1};
	struct rlimit files = {65536, 1048576};
	sigset_t mask;

	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &fifo);
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	m->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void set_clock(uint64_t realtime_ns)
{
	struct timespec now = {
		.tv_sec = (time_t)(realtime_ns / KT_NS_PER_S),
		.tv_nsec = (long)(realtime_ns % KT_NS_PER_S),
	};
	clock_settime(CLOCK_REALTIME, &now);
}

static void set_up_host_view(uint64_t realtime_ns)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	KT_AUTOFD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	set_clock(realtime_ns);
	if (fd >= 0)
		ioctl(fd, SIOCSIFFLAGS, &lo);
	(void)sethostname("softkvm", 7); /* a name only */
}

/* The launcher's START, or the end of the machine. */
static void wait_start(struct machine *m, struct kt_softkvm_msg *ret)
{
	uint64_t deadline = kt_deadline_ms(START_DEADLINE_MS);
	int control = m->ports[KT_SOFTKVM_PORT_CONTROL];

	for (;;) {
		int r = kt_softkvm_next(&m->inbox, ret);
		if (r == 1 && ret->type == KT_SOFTKVM_MSG_START)
			return;
		if (r < 0 || kt_deadline_passed(deadline))
			end_machine();
		if (r == 1)
			continue; /* a signal or size before the start concerns nobody */
		struct pollfd p = {.fd = control, .events = POLLIN};
		poll(&p, 1, kt_deadline_poll_ms(deadline));
		if (kt_softkvm_fill(&m->inbox, control) < 0)
			end_machine();
	}
}

static int start_command(struct machine *m, const struct kt_softkvm_msg *msg, struct kt_err *err)
{
	struct kt_softkvm_start s;
	KT_AUTOFREE void *mem = NULL;

	int r = kt_softkvm_start_decode(msg->payload, msg->bytes, &s, &mem);
	if (r < 0)
		return kt_fail(
			err, -r, "rebuild ktstr", "the launcher's start message is malformed");
	set_up_host_view(s.realtime_ns);
	m->streams.count = KT_SOFTKVM_STREAM_OUT0 + s.out_fd_count;
	r = kt_softkvm_ports_open(m->ports, KT_SOFTKVM_STREAM_OUT0, s.out_fd_count, err);
	r = r < 0 ? r : kt_softkvm_mount_root(s.rw_dirs, err);
	if (r < 0)
		return r;
	r = kt_softkvm_mark();
	if (r < 0)
		return kt_fail(err, -r, "give the machine more memory", "write %s: %s",
			KT_SOFTKVM_MARKER, strerror(-r));
	return kt_softkvm_spawn(&s, &m->child, err);
}

static int start_pumps(struct machine *m)
{
	struct kt_softkvm_pump *pumps = m->streams.pumps;
	const int *port = m->ports, *stream = m->child.streams;

	int r = kt_softkvm_pump_init(&pumps[KT_SOFTKVM_STREAM_STDIN], port[KT_SOFTKVM_STREAM_STDIN],
		stream[KT_SOFTKVM_STREAM_STDIN], 0);
	for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; r >= 0 && i < m->streams.count; i++)
		r = kt_softkvm_pump_init(&pumps[i], stream[i], port[i], 0);
	return r;
}

static void continue_command(struct machine *m, uint64_t realtime_ns)
{
	set_clock(realtime_ns);
	m->stopped = false;
	if (m->phase == RUNNING)
		kt_softkvm_child_continue(&m->child);
}

static void on_message(struct machine *m, const struct kt_softkvm_msg *msg)
{
	struct kt_softkvm_host_delay delay;
	struct kt_softkvm_winsize size;
	uint64_t total;
	uint32_t sig;

	switch (msg->type) {
	case KT_SOFTKVM_MSG_SIGNAL:
		memcpy(&sig, msg->payload, sizeof(sig));
		if (m->phase == RUNNING && sig < NSIG)
			kt_softkvm_child_signal(&m->child, (int)sig);
		break;
	case KT_SOFTKVM_MSG_WINSIZE:
		memcpy(&size, msg->payload, sizeof(size));
		kt_softkvm_child_winsize(&m->child, &size);
		break;
	case KT_SOFTKVM_MSG_STDIN_END:
		memcpy(&total, msg->payload, sizeof(total));
		kt_softkvm_pump_limit(&m->streams.pumps[KT_SOFTKVM_STREAM_STDIN], total);
		break;
	case KT_SOFTKVM_MSG_CONTINUE:
		memcpy(&total, msg->payload, sizeof(total));
		continue_command(m, total);
		break;
	case KT_SOFTKVM_MSG_HOST_DELAY:
		memcpy(&delay, msg->payload, sizeof(delay));
		(void)kt_softkvm_host_delay_write(&delay); /* a full tmpfs shows elsewhere */
		(void)kt_softkvm_put(&m->outbox, KT_SOFTKVM_MSG_ALIVE, &delay.seq,
			sizeof(delay.seq)); /* the next one is as good */
		break;
	case KT_SOFTKVM_MSG_READY:
	case KT_SOFTKVM_MSG_START:
	case KT_SOFTKVM_MSG_STARTED:
	case KT_SOFTKVM_MSG_FAILED:
	case KT_SOFTKVM_MSG_EXIT:
	case KT_SOFTKVM_MSG_ALIVE:
	case KT_SOFTKVM_MSG_STOPPED:
	case KT_SOFTKVM_MSG_COUNT:
		break;
	}
}

static void on_control(struct machine *m)
{
	struct kt_softkvm_msg msg;
	int r = kt_softkvm_fill(&m->inbox, m->ports[KT_SOFTKVM_PORT_CONTROL]);

	if (r < 0)
		end_machine();
	while ((r = kt_softkvm_next(&m->inbox, &msg)) == 1)
		on_message(m, &msg);
	if (r < 0) {
		say("the launcher sent what is no message");
		end_machine();
	}
}

static void enter_phase(struct machine *m, enum end_phase phase, uint64_t ms)
{
	m->phase = phase;
	m->phase_deadline_ns = kt_deadline_ms(ms);
}

static void note_stop(struct machine *m)
{
	m->stopped = true;
	m->stop_deadline_ns = kt_deadline_ms(STOP_MS);
}

/* QUIET: nothing happened for STOP_QUIET_MS, so that what the command wrote has been relayed. */
static void tell_stop(struct machine *m, bool quiet)
{
	struct kt_softkvm_stopped s = {0};

	if (!m->stopped || (!quiet && !kt_deadline_passed(m->stop_deadline_ns)))
		return;
	for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; i < m->streams.count; i++)
		s.bytes[i] = m->streams.pumps[i].written_bytes;
	if (kt_softkvm_put(&m->outbox, KT_SOFTKVM_MSG_STOPPED, &s, sizeof(s)) < 0)
		end_machine();
	m->stopped = false;
}

/* PID 1 reaps whatever ends; the command's own end begins the end of the machine. */
static void reap(struct machine *m)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(m->signal_fd, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status)) {
			if (pid == m->child.keeper && m->phase == RUNNING)
				note_stop(m);
			continue;
		}
		if (pid != m->child.pid || m->phase != RUNNING)
			continue;
		m->stopped = false;
		m->status = status;
		enter_phase(m, GRACE, GRACE_MS);
	}
}

static void close_ended_streams(struct machine *m)
{
	for (unsigned i = 0; i < m->streams.count; i++) {
		struct kt_softkvm_pump *p = &m->streams.pumps[i];
		if (m->child.streams[i] < 0 || !kt_softkvm_pump_ended(p))
			continue;
		kt_fd_close(&m->child.streams[i]);
		p->from = p->to = -1;
	}
}

/* How many processes the kernel killed because memory was full, as far back as its log goes. */
static uint32_t count_oom_kills(void)
{
	KT_AUTOFD int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8193]; /* the longest there are */
	uint32_t kills = 0;

	for (int i = 0; fd >= 0 && i < KMSG_RECORDS_MAX; i++) {
		ssize_t n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue; /* overwritten meanwhile */
		if (n <= 0)
			break;
		record[n] = '\0';
		kills += strstr(record, ";Out of memory: Killed") != NULL;
	}
	return kills;
}

static void report_exit(struct machine *m)
{
	bool killed = WIFSIGNALED(m->status);
	struct kt_softkvm_exit e = {
		.code = (uint32_t)(killed ? 128 + WTERMSIG(m->status) : WEXITSTATUS(m->status)),
		.signal = (uint32_t)(killed ? WTERMSIG(m->status) : 0),
		.oom_kills = count_oom_kills(),
	};

	for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; i < m->streams.count; i++)
		e.bytes[i] = m->streams.pumps[i].written_bytes;
	sync(); /* what was written to shared folders is on the host when the launcher returns */
	if (kt_softkvm_put(&m->outbox, KT_SOFTKVM_MSG_EXIT, &e, sizeof(e)) < 0)
		end_machine();
	m->phase = REPORTED;
}

/* Move on towards the end: last words, SIGKILL for what stays, then the report. */
static void advance(struct machine *m)
{
	bool passed = kt_deadline_passed(m->phase_deadline_ns);

	if (m->phase == RUNNING || m->phase == REPORTED)
		return;
	if (m->phase == GRACE && passed) {
		kill(-1, SIGKILL);
		enter_phase(m, KILLED, KILLED_MS);
	} else if (m->phase == KILLED && passed) {
		for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; i < m->streams.count; i++)
			kt_softkvm_pump_limit(&m->streams.pumps[i], m->streams.pumps[i].read_bytes);
	}
	if (kt_softkvm_streams_outputs_ended(&m->streams))
		report_exit(m);
}

static int poll_timeout_ms(const struct machine *m)
{
	if (m->stopped)
		return STOP_QUIET_MS;
	if (m->phase != GRACE && m->phase != KILLED)
		return -1;
	int ms = kt_deadline_poll_ms(m->phase_deadline_ns);
	return ms ? ms : 1000;
}

static _Noreturn void serve(struct machine *m)
{
	int control = m->ports[KT_SOFTKVM_PORT_CONTROL];

	for (;;) {
		struct pollfd fds[SLOT_COUNT];
		short out = kt_softkvm_outbox_empty(&m->outbox) ? 0 : POLLOUT;
		fds[SLOT_CONTROL] = (struct pollfd){.fd = control, .events = (short)(POLLIN | out)};
		fds[SLOT_SIGNAL] = (struct pollfd){.fd = m->signal_fd, .events = POLLIN};
		kt_softkvm_streams_poll(&m->streams, &fds[SLOT_STREAMS]);

		int events = poll(fds, SLOT_COUNT, poll_timeout_ms(m));
		if (events < 0 && errno != EINTR)
			end_machine();
		if (fds[SLOT_CONTROL].revents & POLLHUP)
			end_machine();
		if (fds[SLOT_CONTROL].revents & POLLIN)
			on_control(m);
		kt_softkvm_streams_run(&m->streams, &fds[SLOT_STREAMS]);
		tell_stop(m, events == 0);
		if (fds[SLOT_SIGNAL].revents)
			reap(m);
		close_ended_streams(m);
		advance(m);
		if (kt_softkvm_flush(&m->outbox, control) < 0)
			end_machine();
	}
}

void kt_softkvm_init(void)
{
	struct machine m = {
		.inbox = {.side = KT_SOFTKVM_MACHINE},
	};
	struct kt_softkvm_msg start;
	struct kt_err err = {0};
	uint32_t version = KT_SOFTKVM_VERSION;

	for (unsigned i = 0; i < KT_SOFTKVM_PORT_COUNT; i++)
		m.ports[i] = -1;
	if (kt_softkvm_mount_early(&err) < 0 ||
		kt_softkvm_ports_open(m.ports, KT_SOFTKVM_PORT_CONTROL, 1, &err) < 0 ||
		kt_softkvm_ports_open(m.ports, 0, KT_SOFTKVM_STREAM_OUT0, &err) < 0)
		fail_machine(&m, &err);
	set_up_process(&m);
	if (kt_softkvm_put(&m.outbox, KT_SOFTKVM_MSG_READY, &version, sizeof(version)) < 0 ||
		kt_softkvm_flush(&m.outbox, m.ports[KT_SOFTKVM_PORT_CONTROL]) < 0)
		end_machine();
	wait_start(&m, &start);
	if (start_command(&m, &start, &err) < 0)
		fail_machine(&m, &err);
	if (start_pumps(&m) < 0 || kt_softkvm_put(&m.outbox, KT_SOFTKVM_MSG_STARTED, NULL, 0) < 0)
		end_machine();
	serve(&m);
}
