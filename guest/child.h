/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test's own process: the scenario runs in a child of PID 1, so that a test that crashes,
 * exits or hangs is a result and not a dead machine. The child sends its frames through a
 * pipe; PID 1 trusts them as little as the host trusts PID 1. Called by agent.c.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loss.h"
#include "guest/crash.h"
#include "wire/frame.h"

/* Memory that both processes see. */
struct kt_guest_shared {
	_Atomic uint16_t phase;
	_Atomic uint32_t frames; /* written by the child so far */
	_Atomic bool finished;	 /* set by the child when its function came to its end */
	struct kt_guest_crash crash;
};

struct kt_guest_child {
	/* In the child: the whole scenario, frames written to FD. Its end is a good one. */
	void (*run)(void *arg, struct kt_guest_shared *shared, int fd);
	void *arg;
	/* In the parent: one frame of a row that a scenario may send. */
	void (*on_frame)(void *arg, const struct kt_frame *f);
	void *frame_arg;
	struct kt_loss *loss; /* what the child's stream lost */
	bool reaps;	      /* orphans come to this process: it is PID 1 */
	int signal_fd;	      /* SIGCHLD looks for orphans, every other signal stops; -1: none */
	int stop_fd;	      /* readable: stop; 0: none */
	uint64_t timeout_ms;  /* then it is killed */
	/*
	 * On a machine that is not ours: what the child prints, which else goes where this process
	 * prints. It then has a session of its own, so that no terminal sends it signals, and dies
	 * with the calling thread. NULL in a guest.
	 */
	void (*on_output)(void *arg, const void *data, size_t bytes);
	void *output_arg;
};

#define KT_GUEST_END_BYTES 256

struct kt_guest_child_end {
	bool finished;	 /* it came to its end; nothing below counts then */
	uint16_t phase;	 /* in which it was when it ended */
	int signal;	 /* that killed it, 0: none */
	int exit_status; /* when signal is 0 */
	char text[KT_GUEST_END_BYTES];
};

/* Fork, relay, wait. 0 with *ret, or -errno when there was no child at all. */
int kt_guest_child_run(
	const struct kt_guest_child *spec, struct kt_guest_child_end *ret, struct kt_err *err);
