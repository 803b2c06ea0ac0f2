// SPDX-License-Identifier: GPL-2.0-only
/*
 * One poll loop: signals, a 100 ms tick, QEMU's end and its monitor, the control port, console
 * and QEMU's own words, the pumps. Time is counted in ticks of this loop: what passes while
 * this process is stopped or starved is nobody's silence. The user's descriptors are never made
 * nonblocking, since others share them: they are polled and written to in pieces that a polled pipe
 * always takes.
 */
#include "softkvm/session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "softkvm/loop.h"

#define TICK_MS 100
/* Ticks without an answer from the machine: two minutes in which this loop itself ran. */
#define SILENT_TICKS_MAX 1200
/* Ticks until QEMU's monitor must have answered: pausing waits for no guest. */
#define MONITOR_TICKS_MAX 300

enum slot {
	SLOT_SIGNAL,
	SLOT_TICK,
	SLOT_QEMU,
	SLOT_CONTROL,
	SLOT_MONITOR,
	SLOT_CONSOLE,
	SLOT_QEMU_SAYS,
	SLOT_STREAMS,
	SLOT_COUNT = SLOT_STREAMS + KT_SOFTKVM_STREAM_SLOTS
};

static mode_t file_type(int fd)
{
	struct stat st;
	return fstat(fd, &st) < 0 ? 0 : st.st_mode & S_IFMT;
}

/* A pipe or terminal that polls writable takes this much without blocking. */
static size_t write_piece(int fd)
{
	mode_t type = file_type(fd);
	return type == S_IFIFO || type == S_IFCHR ? PIPE_BUF : 0;
}

static int user_fd(const struct kt_softkvm_loop *l, unsigned stream)
{
	return stream < KT_SOFTKVM_STREAM_OUT0 ? (int)stream
					       : l->s->out_fds[stream - KT_SOFTKVM_STREAM_OUT0];
}

static int open_streams(struct kt_softkvm_loop *l)
{
	struct kt_softkvm_streams *s = &l->streams;
	unsigned count = KT_SOFTKVM_STREAM_OUT0 + l->s->out_fd_count;

	int r = kt_softkvm_pump_init(&s->pumps[KT_SOFTKVM_STREAM_STDIN], STDIN_FILENO,
		l->s->ports[KT_SOFTKVM_STREAM_STDIN], 0);
	for (s->count = 1; r >= 0 && s->count < count; s->count++) {
		int fd = user_fd(l, s->count);
		r = kt_softkvm_pump_init(
			&s->pumps[s->count], l->s->ports[s->count], fd, write_piece(fd));
	}
	return r;
}

static int open_tick(struct kt_softkvm_loop *l)
{
	struct itimerspec tick = {
		.it_interval.tv_nsec = TICK_MS * 1000000l,
		.it_value.tv_nsec = TICK_MS * 1000000l,
	};

	l->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return l->tick_fd < 0 || timerfd_settime(l->tick_fd, 0, &tick, NULL) < 0 ? -errno : 0;
}

static mode_t current_umask(void)
{
	mode_t mask = umask(0);
	umask(mask);
	return mask;
}

static int send_start(struct kt_softkvm_loop *l)
{
	gid_t groups[256];
	int count = getgroups(KT_ARRAY_LEN(groups), groups);
	KT_AUTOFREE char *cwd = getcwd(NULL, 0);
	uint32_t out_fds[KT_SOFTKVM_OUT_FDS_MAX];

	for (unsigned i = 0; i < l->s->out_fd_count; i++)
		out_fds[i] = (uint32_t)l->s->out_fds[i];
	struct kt_softkvm_start start = {
		.uid = geteuid(),
		.gid = getegid(),
		.umask = current_umask(),
		.tty = l->term.bits,
		.winsize = l->term.size,
		.realtime_ns = kt_softkvm_realtime_ns(),
		.groups = groups,
		.group_count = count < 0 ? 0 : (uint32_t)count,
		.out_fds = out_fds,
		.out_fd_count = l->s->out_fd_count,
		.cwd = cwd ? cwd : "/",
		.argv = l->s->argv,
		.env = l->s->env,
		.rw_dirs = l->s->rw_dirs,
	};
	return kt_softkvm_put_start(&l->outbox, &start);
}

static void enter_phase(struct kt_softkvm_loop *l, enum kt_softkvm_phase phase, const char *text)
{
	l->phase = phase;
	kt_log(KT_LOG_DEBUG, "softkvm: %s after %llu ms", text,
		(unsigned long long)((kt_now_ns() - l->began_ns) / KT_NS_PER_MS));
}

static int on_ready(struct kt_softkvm_loop *l, const struct kt_softkvm_msg *msg, struct kt_err *err)
{
	uint32_t version;

	memcpy(&version, msg->payload, sizeof(version));
	if (l->phase != KT_SOFTKVM_BOOTING || version != KT_SOFTKVM_VERSION)
		return kt_softkvm_loop_fail(l, EPROTO, "speaks another protocol", err);
	enter_phase(l, KT_SOFTKVM_STARTING, "kernel booted");
	if (send_start(l) < 0)
		return kt_fail(err, E2BIG,
			"unset large environment variables or shorten the command",
			"command and environment exceed the %u bytes a softkvm machine takes",
			KT_SOFTKVM_START_BYTES_MAX);
	return 0;
}

static int on_failed(
	struct kt_softkvm_loop *l, const struct kt_softkvm_msg *msg, struct kt_err *err)
{
	struct kt_softkvm_failed why;

	if (kt_softkvm_failed_decode(msg->payload, msg->bytes, &why) < 0)
		return kt_softkvm_loop_fail(l, EPROTO, "sent a malformed error", err);
	return kt_fail(err, why.code, why.fix, "softkvm machine: %s", why.text);
}

static int on_exit_report(
	struct kt_softkvm_loop *l, const struct kt_softkvm_msg *msg, struct kt_err *err)
{
	memcpy(&l->exit, msg->payload, sizeof(l->exit));
	if (l->phase != KT_SOFTKVM_RUNNING || l->exit.code > 255)
		return kt_softkvm_loop_fail(l, EPROTO, "sent an exit status that cannot be", err);
	for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; i < l->streams.count; i++)
		kt_softkvm_pump_limit(&l->streams.pumps[i], l->exit.bytes[i]);
	if (l->exit.oom_kills)
		kt_log(KT_LOG_WARN,
			"softkvm: the machine's memory was full, and its kernel killed %u "
			"processes; give it more (--memory), or run fewer guests at once",
			l->exit.oom_kills);
	enter_phase(l, KT_SOFTKVM_ENDING, "command ended");
	return 0;
}

static int on_message(
	struct kt_softkvm_loop *l, const struct kt_softkvm_msg *msg, struct kt_err *err)
{
	switch (msg->type) {
	case KT_SOFTKVM_MSG_READY:
		return on_ready(l, msg, err);
	case KT_SOFTKVM_MSG_STARTED:
		if (l->phase != KT_SOFTKVM_STARTING)
			return kt_softkvm_loop_fail(l, EPROTO, "started twice", err);
		kt_softkvm_term_enter(&l->term);
		enter_phase(l, KT_SOFTKVM_RUNNING, "command started");
		return 0;
	case KT_SOFTKVM_MSG_FAILED:
		return on_failed(l, msg, err);
	case KT_SOFTKVM_MSG_EXIT:
		return on_exit_report(l, msg, err);
	case KT_SOFTKVM_MSG_ALIVE:
		l->silent_ticks = 0;
		return 0;
	case KT_SOFTKVM_MSG_STOPPED:
		return kt_softkvm_pause_stopped(l, msg, err);
	case KT_SOFTKVM_MSG_CONTINUE:
	case KT_SOFTKVM_MSG_START:
	case KT_SOFTKVM_MSG_SIGNAL:
	case KT_SOFTKVM_MSG_WINSIZE:
	case KT_SOFTKVM_MSG_STDIN_END:
	case KT_SOFTKVM_MSG_HOST_DELAY:
	case KT_SOFTKVM_MSG_COUNT:
		break;
	}
	return kt_softkvm_loop_fail(l, EPROTO, "sent what only the host sends", err);
}

static int on_control(struct kt_softkvm_loop *l, struct kt_err *err)
{
	struct kt_softkvm_msg msg;
	int r = kt_softkvm_fill(&l->inbox, l->s->ports[KT_SOFTKVM_PORT_CONTROL]);

	if (r < 0)
		return kt_softkvm_loop_fail_gone(l, err);
	while ((r = kt_softkvm_next(&l->inbox, &msg)) == 1) {
		r = on_message(l, &msg, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? kt_softkvm_loop_fail(l, EPROTO, "sent what is no message", err) : 0;
}

/*
 * Before the command runs, and once it has ended, nobody is there to take it: the signal ends
 * the machine, at once even when the reader of the last output has stopped reading.
 */
static int on_signal(struct kt_softkvm_loop *l, uint32_t sig, struct kt_err *err)
{
	if (sig == SIGTSTP) {
		bool possible = l->s->monitor_fd >= 0 && !l->qemu_gone;
		return possible && l->pause != KT_SOFTKVM_PAUSE_ASKED
			       ? kt_softkvm_pause_begin(l, false, err)
			       : 0;
	}
	if (sig == SIGWINCH) {
		kt_softkvm_term_size(&l->term);
		if (l->phase == KT_SOFTKVM_RUNNING)
			(void)kt_softkvm_put(&l->outbox, KT_SOFTKVM_MSG_WINSIZE, &l->term.size,
				sizeof(l->term.size)); /* cosmetic */
	} else if (l->phase == KT_SOFTKVM_RUNNING) {
		(void)kt_softkvm_put(&l->outbox, KT_SOFTKVM_MSG_SIGNAL, &sig,
			sizeof(sig)); /* out of memory: the user will send another */
	} else if (l->phase != KT_SOFTKVM_OVER) {
		l->exit.code = 128 + sig;
		l->phase = KT_SOFTKVM_OVER;
	}
	return 0;
}

static int on_signals(struct kt_softkvm_loop *l, struct kt_err *err)
{
	struct signalfd_siginfo info;
	int r = 0;

	while (r >= 0 && read(l->signals.fd, &info, sizeof(info)) == sizeof(info))
		r = on_signal(l, info.ssi_signo, err);
	return r;
}

static int on_tick(struct kt_softkvm_loop *l, struct kt_err *err)
{
	struct kt_softkvm_host_delay d = {.seq = l->seq};
	uint64_t expirations;
	char what[64];

	if (read(l->tick_fd, &expirations, sizeof(expirations)) < 0)
		return 0;
	if (l->pause == KT_SOFTKVM_PAUSE_ASKED && ++l->monitor_ticks > MONITOR_TICKS_MAX)
		return kt_softkvm_loop_fail(l, ETIMEDOUT, "does not pause", err);
	if (l->phase < KT_SOFTKVM_RUNNING &&
		++l->boot_ticks > (l->s->boot_ms + TICK_MS - 1) / TICK_MS) {
		snprintf(what, sizeof(what), "did not come up in %u ms:", l->s->boot_ms);
		return kt_softkvm_loop_fail(l, ETIMEDOUT, what, err);
	}
	if (l->phase != KT_SOFTKVM_RUNNING)
		return 0;
	if (++l->silent_ticks > SILENT_TICKS_MAX)
		return kt_softkvm_loop_fail(l, ETIMEDOUT, "has not answered for two minutes", err);
	if (!kt_softkvm_outbox_empty(&l->outbox))
		return 0; /* the machine is behind; a later reading covers this time too */
	d.lost_ns = kt_softkvm_delay_read(&l->delay, &d.threads);
	l->seq++;
	return kt_softkvm_put(&l->outbox, KT_SOFTKVM_MSG_HOST_DELAY, &d, sizeof(d));
}

static bool was_left(const struct kt_softkvm_pump *p)
{
	return !p->errnum || p->errnum == EPIPE || p->errnum == ECONNRESET || p->errnum == EIO;
}

static int fail_write(
	const struct kt_softkvm_loop *l, unsigned stream, int errnum, struct kt_err *err)
{
	unsigned further = stream - KT_SOFTKVM_STREAM_OUT0;
	KT_AUTOFREE char *number = kt_strf("descriptor %d", user_fd(l, stream));
	const char *name = stream >= KT_SOFTKVM_STREAM_OUT0 && l->s->out_names
				   ? l->s->out_names[further]
				   : number ?: "a descriptor";
	return kt_fail(err, errnum, "free some space where it leads, or name another place",
		"cannot write all that the command in the softkvm machine wrote to %s: %s", name,
		strerror(errnum));
}

/* The command has other things to do than this output, and is told as by a reader that left. */
static void lose_output(struct kt_softkvm_loop *l, unsigned stream)
{
	struct kt_err why = {0};
	if (l->s->ports[stream] < 0)
		return; /* told already */
	fail_write(l, stream, l->streams.pumps[stream].errnum, &why);
	if (l->phase == KT_SOFTKVM_RUNNING)
		kt_log(KT_LOG_WARN, "%s (%s); the run goes on without it", why.text, why.fix);
	if (!l->lost.code)
		l->lost = why;
}

/*
 * What ended streams mean: tell the machine, and give up what nobody reads. That a reader
 * leaves is the command's news (SIGPIPE); a full disk is nothing that a pipe could tell it, and
 * ends the run where its own output leads there.
 */
static int settle_streams(struct kt_softkvm_loop *l, struct kt_err *err)
{
	struct kt_softkvm_pump *in = &l->streams.pumps[KT_SOFTKVM_STREAM_STDIN];

	if (l->phase == KT_SOFTKVM_RUNNING && !l->stdin_end_sent && in->eof && !in->len &&
		!in->broken) {
		(void)kt_softkvm_put(&l->outbox, KT_SOFTKVM_MSG_STDIN_END, &in->read_bytes,
			sizeof(in->read_bytes)); /* out of memory ends the run elsewhere */
		l->stdin_end_sent = true;
	}
	for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; i < l->streams.count; i++) {
		const struct kt_softkvm_pump *p = &l->streams.pumps[i];
		if (p->broken && !was_left(p) && i < KT_SOFTKVM_STREAM_OUT0)
			return fail_write(l, i, p->errnum, err);
		if (p->broken && !was_left(p))
			lose_output(l, i);
		if (p->broken)
			kt_fd_close(&l->s->ports[i]);
	}
	return 0;
}

static int check_end(struct kt_softkvm_loop *l, struct kt_err *err)
{
	if (l->phase != KT_SOFTKVM_ENDING)
		return l->qemu_gone ? kt_softkvm_loop_fail_gone(l, err) : 0;
	if (!kt_softkvm_streams_outputs_ended(&l->streams))
		return 0;
	for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; i < l->streams.count; i++) {
		const struct kt_softkvm_pump *p = &l->streams.pumps[i];
		if (!p->broken && p->read_bytes < p->limit)
			return kt_softkvm_loop_fail(l, EIO, "lost output of the command", err);
	}
	l->phase = KT_SOFTKVM_OVER;
	return 0;
}

static void poll_slots(struct kt_softkvm_loop *l, struct pollfd fds[SLOT_COUNT])
{
	short out = kt_softkvm_outbox_empty(&l->outbox) ? 0 : POLLOUT;
	int control = l->qemu_gone ? -1 : l->s->ports[KT_SOFTKVM_PORT_CONTROL];

	fds[SLOT_SIGNAL] = (struct pollfd){.fd = l->signals.fd, .events = POLLIN};
	fds[SLOT_TICK] = (struct pollfd){.fd = l->tick_fd, .events = POLLIN};
	fds[SLOT_QEMU] =
		(struct pollfd){.fd = l->qemu_gone ? -1 : l->s->qemu.pidfd, .events = POLLIN};
	fds[SLOT_CONTROL] = (struct pollfd){.fd = control, .events = (short)(POLLIN | out)};
	fds[SLOT_MONITOR] = (struct pollfd){.fd = l->s->monitor_fd, .events = POLLIN};
	fds[SLOT_CONSOLE] = (struct pollfd){.fd = l->s->console_fd, .events = POLLIN};
	fds[SLOT_QEMU_SAYS] = (struct pollfd){.fd = l->s->qemu_says_fd, .events = POLLIN};
	kt_softkvm_streams_poll(&l->streams, &fds[SLOT_STREAMS]);
	/* The user's input is only taken for the command, and from a terminal only in turn. */
	if (l->phase != KT_SOFTKVM_RUNNING || !kt_softkvm_term_may_read(&l->term))
		fds[SLOT_STREAMS].fd = -1;
}

static void fill_tail(struct kt_softkvm_tail *t, int *fd, const struct pollfd *slot)
{
	if (slot->fd < 0 || !slot->revents)
		return;
	if (kt_softkvm_tail_fill(t, *fd) < 0) {
		close(*fd);
		*fd = -1;
	}
}

static int turn(struct kt_softkvm_loop *l, struct kt_err *err)
{
	struct pollfd fds[SLOT_COUNT];
	int r = 0;

	poll_slots(l, fds);
	if (poll(fds, SLOT_COUNT, -1) < 0)
		return errno == EINTR ? 0
				      : kt_fail(err, errno, "free some memory", "poll: %s",
						strerror(errno));
	fill_tail(&l->console, &l->s->console_fd, &fds[SLOT_CONSOLE]);
	fill_tail(&l->qemu_says, &l->s->qemu_says_fd, &fds[SLOT_QEMU_SAYS]);
	kt_softkvm_streams_run(&l->streams, &fds[SLOT_STREAMS]);
	if (fds[SLOT_SIGNAL].revents)
		r = on_signals(l, err);
	if (r >= 0 && fds[SLOT_CONTROL].fd >= 0 && fds[SLOT_CONTROL].revents & (POLLIN | POLLHUP))
		r = on_control(l, err);
	if (r >= 0 && fds[SLOT_TICK].revents)
		r = on_tick(l, err);
	if (fds[SLOT_QEMU].fd >= 0 && fds[SLOT_QEMU].revents)
		l->qemu_gone = true;
	r = r < 0 ? r : settle_streams(l, err);
	if (r >= 0 && l->pause == KT_SOFTKVM_PAUSE_DRAINS)
		r = kt_softkvm_pause_drain(l, err);
	if (r >= 0 && fds[SLOT_MONITOR].fd >= 0 && fds[SLOT_MONITOR].revents)
		r = kt_softkvm_pause_answer(l, err); /* last: it may stop this process */
	if (r < 0)
		return r;
	if (!l->qemu_gone && kt_softkvm_flush(&l->outbox, l->s->ports[KT_SOFTKVM_PORT_CONTROL]) < 0)
		return kt_softkvm_loop_fail_gone(l, err);
	return l->phase == KT_SOFTKVM_OVER ? 0 : check_end(l, err);
}

static void loop_done(struct kt_softkvm_loop *l)
{
	kt_softkvm_term_leave(&l->term);
	kt_softkvm_signals_close(&l->signals);
	if (l->tick_fd >= 0)
		close(l->tick_fd);
	kt_softkvm_streams_done(&l->streams);
	kt_softkvm_inbox_done(&l->inbox);
	kt_softkvm_outbox_done(&l->outbox);
	kt_softkvm_delay_done(&l->delay);
	free(l);
}

static int open_loop(struct kt_softkvm_loop *l)
{
	int r = kt_softkvm_signals_open(&l->signals);
	r = r < 0 ? r : open_tick(l);
	if (r >= 0 && l->s->monitor_fd >= 0)
		(void)kt_softkvm_qmp_send(&l->monitor, l->s->monitor_fd,
			"qmp_capabilities"); /* a QEMU that ended already says why elsewhere */
	return r < 0 ? r : open_streams(l);
}

int kt_softkvm_session_serve(struct kt_softkvm_session *s, int *ret_status, struct kt_err *err)
{
	struct kt_softkvm_loop *l = calloc(1, sizeof(*l));
	if (!l)
		return kt_fail(err, ENOMEM, "free some memory", "softkvm: out of memory");
	l->s = s;
	l->began_ns = kt_now_ns();
	l->tick_fd = l->signals.fd = -1;
	l->inbox.side = KT_SOFTKVM_HOST;
	kt_softkvm_term_init(&l->term);
	kt_softkvm_delay_open(&l->delay, s->qemu.pid, s->vcpus);

	int r = open_loop(l);
	if (r < 0)
		kt_fail(err, -r, "raise the limit of open files", "softkvm: set up the relay: %s",
			strerror(-r));
	while (r >= 0 && l->phase != KT_SOFTKVM_OVER)
		r = turn(l, err);
	bool was_ended = l->exit.code >= 128;
	if (r >= 0 && l->lost.code && !was_ended) {
		r = -l->lost.code;
		if (err)
			*err = l->lost;
	}
	if (r >= 0)
		*ret_status = (int)l->exit.code;
	loop_done(l);
	return r < 0 ? r : 0;
}
