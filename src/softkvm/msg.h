/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages on the control port between the launcher on the host and PID 1 of the softkvm
 * machine: a fixed header (magic, type, length), then a payload whose size is checked against
 * the type's row. Both ends refuse a message that is not theirs to receive. Both ends are the
 * same program on the same architecture, so numbers are in native byte order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define KT_SOFTKVM_START_BYTES_MAX (4u << 20)
#define KT_SOFTKVM_TEXT_BYTES_MAX  4096u

#define KT_SOFTKVM_OUT_FDS_MAX 8u
#define KT_SOFTKVM_OUT_FD_MAX  1023u /* the largest number one may have */

/* The command's streams: input, then outputs. */
enum kt_softkvm_stream {
	KT_SOFTKVM_STREAM_STDIN,
	KT_SOFTKVM_STREAM_STDOUT,
	KT_SOFTKVM_STREAM_STDERR,
	KT_SOFTKVM_STREAM_OUT0, /* the first descriptor beyond the standard ones */
	KT_SOFTKVM_STREAMS_MAX = KT_SOFTKVM_STREAM_OUT0 + KT_SOFTKVM_OUT_FDS_MAX,
};

enum kt_softkvm_msg_type {
	KT_SOFTKVM_MSG_READY = 1,  /* machine: ports are open; payload u32 version */
	KT_SOFTKVM_MSG_START,	   /* host: what to run, kt_softkvm_start */
	KT_SOFTKVM_MSG_STARTED,	   /* machine: the command runs */
	KT_SOFTKVM_MSG_FAILED,	   /* machine: it cannot; kt_softkvm_failed */
	KT_SOFTKVM_MSG_EXIT,	   /* machine: the command ended; kt_softkvm_exit */
	KT_SOFTKVM_MSG_ALIVE,	   /* machine: u32 seq of the last HOST_DELAY */
	KT_SOFTKVM_MSG_SIGNAL,	   /* host: u32 signal number for the command's process group */
	KT_SOFTKVM_MSG_WINSIZE,	   /* host: kt_softkvm_winsize */
	KT_SOFTKVM_MSG_STDIN_END,  /* host: u64 bytes of standard input sent in all */
	KT_SOFTKVM_MSG_HOST_DELAY, /* host: kt_softkvm_host_delay */
	KT_SOFTKVM_MSG_STOPPED,	   /* machine: the command was stopped; kt_softkvm_stopped */
	KT_SOFTKVM_MSG_CONTINUE,   /* host: after a pause; u64 realtime in ns */
	KT_SOFTKVM_MSG_COUNT,
};

#define KT_SOFTKVM_VERSION 2u

enum kt_softkvm_side { KT_SOFTKVM_HOST, KT_SOFTKVM_MACHINE };

struct kt_softkvm_exit {
	uint32_t code;	    /* exit code, or 128 + signal */
	uint32_t signal;    /* 0: it exited */
	uint32_t oom_kills; /* processes that the kernel killed for want of memory */
	uint32_t reserved;
	uint64_t bytes[KT_SOFTKVM_STREAMS_MAX]; /* written in all; 0 for standard input */
};

/* The terminal's command was stopped (Ctrl-Z) after it had written so much. */
struct kt_softkvm_stopped {
	uint64_t bytes[KT_SOFTKVM_STREAMS_MAX];
};

struct kt_softkvm_winsize {
	uint16_t rows;
	uint16_t cols;
};

/* How long a vCPU thread of the machine waited for a host CPU at most; kt_softkvm_delay_read. */
struct kt_softkvm_host_delay {
	uint64_t lost_ns;
	uint32_t threads;
	uint32_t seq;
};

struct kt_softkvm_failed {
	int32_t code;	  /* positive errno */
	const char *text; /* points into the payload */
	const char *fix;
};

enum kt_softkvm_tty { /* bits: which of the host's streams are terminals */
	KT_SOFTKVM_TTY_IN = 1,
	KT_SOFTKVM_TTY_OUT = 2,
	KT_SOFTKVM_TTY_ERR = 4,
	KT_SOFTKVM_TTY_RAW =
		8, /* the host's terminal is raw: the machine's does the line editing */
};

/* What to run. Strings point to the caller's memory, or into the payload after decoding. */
struct kt_softkvm_start {
	uint32_t uid;
	uint32_t gid;
	uint32_t umask;
	uint32_t tty; /* enum kt_softkvm_tty */
	struct kt_softkvm_winsize winsize;
	uint64_t realtime_ns;
	const uint32_t *groups;
	uint32_t group_count;
	const uint32_t *out_fds; /* numbers the command knows its further outputs by */
	uint32_t out_fd_count;
	const char *cwd;
	const char *const *argv; /* NULL-terminated, as are env and rw_dirs */
	const char *const *env;
	const char *const *rw_dirs; /* 9p share "rw<index>" and where it belongs */
};

/* A received message; the payload is valid until the next call on its inbox. */
struct kt_softkvm_msg {
	enum kt_softkvm_msg_type type;
	const void *payload;
	size_t bytes;
};

/* Bytes received and not yet understood. Zero bytes and a side are an empty inbox. */
struct kt_softkvm_inbox {
	enum kt_softkvm_side side; /* who receives */
	struct kt_str buf;
	size_t used; /* bytes of buf already handed out */
};

/* Messages waiting to be sent. Zero bytes are an empty outbox. */
struct kt_softkvm_outbox {
	struct kt_str buf;
	size_t sent;
};

/* Queue a message. 0, -ENOMEM or -E2BIG. */
int kt_softkvm_put(struct kt_softkvm_outbox *o, enum kt_softkvm_msg_type type, const void *payload,
	size_t bytes);
int kt_softkvm_put_start(struct kt_softkvm_outbox *o, const struct kt_softkvm_start *s);
int kt_softkvm_put_failed(struct kt_softkvm_outbox *o, const struct kt_err *why);
bool kt_softkvm_outbox_empty(const struct kt_softkvm_outbox *o);
/* Write what the descriptor takes. 0, also when it would block; -errno when it broke. */
int kt_softkvm_flush(struct kt_softkvm_outbox *o, int fd);
void kt_softkvm_outbox_done(struct kt_softkvm_outbox *o);

/* Read once from a nonblocking FD. 0, also when nothing is there; -EPIPE at its end; -errno. */
int kt_softkvm_fill(struct kt_softkvm_inbox *in, int fd);
/* 1: *ret is the next message; 0: none complete yet; -EPROTO: bytes that are no such message. */
int kt_softkvm_next(struct kt_softkvm_inbox *in, struct kt_softkvm_msg *ret);
void kt_softkvm_inbox_done(struct kt_softkvm_inbox *in);

/*
 * Decode a START payload; pointers go into it and into *RET_MEM, which the caller frees.
 * -EPROTO when a count, a string or the total length does not fit.
 */
int kt_softkvm_start_decode(
	const void *payload, size_t bytes, struct kt_softkvm_start *ret, void **ret_mem);
int kt_softkvm_failed_decode(const void *payload, size_t bytes, struct kt_softkvm_failed *ret);
