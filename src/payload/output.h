/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader of a program's two outputs: a thread that takes what comes, keeps the first part
 * of each and counts the rest. Only run.c uses it.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* A descriptor that is read, and what came of it. */
struct kt_payload_stream {
	int fd; /* nonblocking; -1: it ended */
	size_t limit;
	struct kt_str text;
	uint64_t bytes; /* that came, kept or not */
};

struct kt_payload_reader;

/* Takes both pipes over, also on failure; PIDFD is the program's, and only borrowed. */
int kt_payload_reader_start(
	int out_fd, int err_fd, int pidfd, struct kt_payload_reader **ret, struct kt_err *err);
/*
 * Takes what is in the pipes now and ends the thread; RET gets both streams' texts. Returns when
 * the program was seen to have ended, 0: it was not.
 */
uint64_t kt_payload_reader_stop(struct kt_payload_reader *r, struct kt_payload_stream ret[2]);
/* The same for who does not want the texts. NULL: nothing. */
void kt_payload_reader_free(struct kt_payload_reader *r);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_payload_reader, kt_payload_reader_free);
