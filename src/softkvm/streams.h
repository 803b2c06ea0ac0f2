/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pumps of all streams of one command: the launcher has a set between the user's
 * descriptors and the ports, PID 1 one between the ports and the command's.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "softkvm/msg.h"
#include "softkvm/relay.h"

struct kt_softkvm_streams {
	struct kt_softkvm_pump pumps[KT_SOFTKVM_STREAMS_MAX]; /* by enum kt_softkvm_stream */
	unsigned count;
};

#define KT_SOFTKVM_STREAM_SLOTS (2 * KT_SOFTKVM_STREAMS_MAX)

/* Fill all slots; those that need no poll get fd -1. */
void kt_softkvm_streams_poll(
	const struct kt_softkvm_streams *s, struct pollfd fds[KT_SOFTKVM_STREAM_SLOTS]);
void kt_softkvm_streams_run(
	struct kt_softkvm_streams *s, const struct pollfd fds[KT_SOFTKVM_STREAM_SLOTS]);
/* All outputs have ended. */
bool kt_softkvm_streams_outputs_ended(const struct kt_softkvm_streams *s);
void kt_softkvm_streams_done(struct kt_softkvm_streams *s);
