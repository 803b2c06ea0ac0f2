// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ctrl-Z: the machine first, then this process. Stopped by QEMU's monitor, the machine's
 * clocks stand still: deadlines inside do not pass while nobody lets it run. Only the time of
 * day is set afterwards.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "softkvm/loop.h"

uint64_t kt_softkvm_realtime_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * KT_NS_PER_S + (uint64_t)now.tv_nsec;
}

int kt_softkvm_pause_begin(struct kt_softkvm_loop *l, bool group, struct kt_err *err)
{
	l->pause = KT_SOFTKVM_PAUSE_ASKED;
	l->pause_group = group;
	l->monitor_ticks = 0;
	if (kt_softkvm_qmp_send(&l->monitor, l->s->monitor_fd, "stop") < 0)
		return kt_softkvm_loop_fail_gone(l, err);
	return 0;
}

static int send_continue(struct kt_softkvm_loop *l)
{
	uint64_t now_ns = kt_softkvm_realtime_ns();

	kt_softkvm_term_size(&l->term);
	int r = kt_softkvm_put(
		&l->outbox, KT_SOFTKVM_MSG_WINSIZE, &l->term.size, sizeof(l->term.size));
	return r < 0 ? r
		     : kt_softkvm_put(&l->outbox, KT_SOFTKVM_MSG_CONTINUE, &now_ns, sizeof(now_ns));
}

/* Nothing in the machine moves any more: now this process stops, until somebody continues it. */
static int stop_here(struct kt_softkvm_loop *l, struct kt_err *err)
{
	kt_softkvm_term_leave(&l->term);
	kt_log(KT_LOG_DEBUG, "softkvm: paused");
	kt_softkvm_signals_stop(&l->signals, l->pause_group);
	if (l->phase == KT_SOFTKVM_RUNNING)
		kt_softkvm_term_enter(&l->term);
	l->pause = KT_SOFTKVM_NO_PAUSE;
	if (kt_softkvm_qmp_send(&l->monitor, l->s->monitor_fd, "cont") < 0)
		return kt_softkvm_loop_fail_gone(l, err);
	return l->phase == KT_SOFTKVM_RUNNING ? send_continue(l) : 0;
}

int kt_softkvm_pause_answer(struct kt_softkvm_loop *l, struct kt_err *err)
{
	char what[400];

	if (kt_softkvm_qmp_fill(&l->monitor, l->s->monitor_fd) < 0) {
		kt_fd_close(&l->s->monitor_fd);
		return 0; /* QEMU ends; that is noticed by itself */
	}
	if (l->monitor.refusal[0]) {
		snprintf(
			what, sizeof(what), "cannot be paused (QEMU says: %s)", l->monitor.refusal);
		return kt_softkvm_loop_fail(l, EIO, what, err);
	}
	return l->pause == KT_SOFTKVM_PAUSE_ASKED && kt_softkvm_qmp_idle(&l->monitor)
		       ? stop_here(l, err)
		       : 0;
}

int kt_softkvm_pause_stopped(
	struct kt_softkvm_loop *l, const struct kt_softkvm_msg *msg, struct kt_err *err)
{
	if (l->phase != KT_SOFTKVM_RUNNING)
		return kt_softkvm_loop_fail(l, EPROTO, "stopped what does not run", err);
	if (!l->signals.can_stop)
		return send_continue(l); /* whoever ignores SIGTSTP has no Ctrl-Z */
	memcpy(&l->stopped, msg->payload, sizeof(l->stopped));
	if (l->pause == KT_SOFTKVM_NO_PAUSE)
		l->pause = KT_SOFTKVM_PAUSE_DRAINS;
	return 0;
}

int kt_softkvm_pause_drain(struct kt_softkvm_loop *l, struct kt_err *err)
{
	for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; i < l->streams.count; i++) {
		const struct kt_softkvm_pump *p = &l->streams.pumps[i];
		if (!p->broken && (p->len || p->read_bytes < l->stopped.bytes[i]))
			return 0;
	}
	return kt_softkvm_pause_begin(l, true, err);
}
