/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pump moves one byte stream from a descriptor to another through a bounded buffer: what
 * the target does not take is not read from the source. Driven by the poll loop of its owner
 * (the launcher on the host, PID 1 in the machine); it owns neither descriptor.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KT_SOFTKVM_PUMP_BYTES 65536u

struct kt_softkvm_pump {
	int from;	  /* -1: nothing to read any more */
	int to;		  /* -1: nobody reads; bytes are dropped as by a closed pipe */
	size_t write_max; /* bytes per write, so that a polled blocking target never blocks */
	uint64_t limit;	  /* the stream ends after so many bytes; UINT64_MAX: at end of file */
	uint64_t read_bytes;
	uint64_t written_bytes;
	bool eof;    /* the source ended or the limit is reached */
	bool broken; /* the target is gone */
	int errnum;  /* with which it broke; 0: hung up */
	size_t head, len;
	uint8_t *buf;
};

/* 0 or -ENOMEM. WRITE_MAX 0: no bound. */
int kt_softkvm_pump_init(struct kt_softkvm_pump *p, int from, int to, size_t write_max);
void kt_softkvm_pump_done(struct kt_softkvm_pump *p);
/* The stream ends after LIMIT bytes in all, whatever end of file says. */
void kt_softkvm_pump_limit(struct kt_softkvm_pump *p, uint64_t limit);
/* Fill the two slots this pump needs polled; a slot it does not need gets fd -1. */
void kt_softkvm_pump_poll(const struct kt_softkvm_pump *p, struct pollfd fds[2]);
/* Move what the polled slots allow: at most one read and one write. */
void kt_softkvm_pump_run(struct kt_softkvm_pump *p, const struct pollfd fds[2]);
/* All bytes arrived, or nobody takes them. */
bool kt_softkvm_pump_ended(const struct kt_softkvm_pump *p);
