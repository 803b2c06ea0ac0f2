/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the launcher's loop, shared by its parts: session.c turns it, pause.c stops and
 * continues it, death.c says why it ended.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "softkvm/delay.h"
#include "softkvm/msg.h"
#include "softkvm/qmp.h"
#include "softkvm/session.h"
#include "softkvm/signals.h"
#include "softkvm/streams.h"
#include "softkvm/tail.h"
#include "softkvm/term.h"

enum kt_softkvm_phase {
	KT_SOFTKVM_BOOTING,
	KT_SOFTKVM_STARTING,
	KT_SOFTKVM_RUNNING,
	KT_SOFTKVM_ENDING,
	KT_SOFTKVM_OVER
};

/* On the way to this process's own stop. */
enum kt_softkvm_pause {
	KT_SOFTKVM_NO_PAUSE,
	KT_SOFTKVM_PAUSE_DRAINS, /* the command was stopped: its output up to there comes first */
	KT_SOFTKVM_PAUSE_ASKED,	 /* QEMU was told to stop the machine */
};

struct kt_softkvm_loop {
	struct kt_softkvm_session *s;
	enum kt_softkvm_phase phase;
	uint64_t began_ns;
	unsigned boot_ticks, silent_ticks, monitor_ticks;
	bool qemu_gone;
	bool qemu_killed; /* by SIGKILL, seen when its end was told */
	bool stdin_end_sent;
	int tick_fd;
	struct kt_softkvm_signals signals;
	enum kt_softkvm_pause pause;
	bool pause_group; /* the terminal's whole job is to stop, not this process alone */
	struct kt_softkvm_stopped stopped;
	struct kt_softkvm_qmp monitor;
	struct kt_softkvm_inbox inbox;
	struct kt_softkvm_outbox outbox;
	struct kt_softkvm_streams streams;
	struct kt_softkvm_term term;
	struct kt_softkvm_delay_source delay;
	struct kt_softkvm_exit exit;
	struct kt_err lost; /* the first of out_fds that could not be written */
	uint32_t seq;
	struct kt_softkvm_tail console, qemu_says;
};

/* CLOCK_REALTIME now. */
uint64_t kt_softkvm_realtime_ns(void);

/* death.c */

/* The error of a machine that WHAT ("sent nonsense"), with the last words of QEMU and kernel. */
int kt_softkvm_loop_fail(
	struct kt_softkvm_loop *l, int errnum, const char *what, struct kt_err *err);
/* The error of a machine whose QEMU ended, or is about to. */
int kt_softkvm_loop_fail_gone(struct kt_softkvm_loop *l, struct kt_err *err);

/* pause.c */

/*
 * Ask QEMU to stop the machine and its clocks. With its answer this process stops, and with
 * GROUP its process group.
 */
int kt_softkvm_pause_begin(struct kt_softkvm_loop *l, bool group, struct kt_err *err);
/* Read the monitor. Once QEMU has stopped the machine, stop; returns after the continuation. */
int kt_softkvm_pause_answer(struct kt_softkvm_loop *l, struct kt_err *err);
/* The machine says that its command was stopped from the terminal. */
int kt_softkvm_pause_stopped(
	struct kt_softkvm_loop *l, const struct kt_softkvm_msg *msg, struct kt_err *err);
/* Begin the pause once all is shown that the command wrote before it was stopped. */
int kt_softkvm_pause_drain(struct kt_softkvm_loop *l, struct kt_err *err);
