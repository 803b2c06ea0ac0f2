/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's monitor, as far as the launcher needs it: stop the machine's CPUs with all its
 * clocks, and let them go on. Commands and answers are lines of JSON (QMP); answers come in
 * the order of the commands, with events in between.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define KT_SOFTKVM_QMP_LINE_BYTES 4096u

enum kt_softkvm_qmp_kind {
	KT_SOFTKVM_QMP_OTHER, /* the greeting, an event */
	KT_SOFTKVM_QMP_DONE,
	KT_SOFTKVM_QMP_REFUSED,
};

/* A monitor's lines. Zero bytes are a fresh one. */
struct kt_softkvm_qmp {
	char line[KT_SOFTKVM_QMP_LINE_BYTES]; /* begun and not complete */
	size_t len;
	bool overlong;	   /* the line is longer: its rest is skipped and it means nothing */
	unsigned sent;	   /* commands */
	unsigned answers;  /* to them */
	char refusal[256]; /* QEMU's words for the last command it refused, or empty */
};

/* Send `{"execute": NAME}`; nothing is waited for. 0 or -errno. */
int kt_softkvm_qmp_send(struct kt_softkvm_qmp *q, int fd, const char *name);
/* Read what a nonblocking FD holds and count answers. 0; -EPIPE at its end, or -errno. */
int kt_softkvm_qmp_fill(struct kt_softkvm_qmp *q, int fd);
/* Every command sent has been answered. */
bool kt_softkvm_qmp_idle(const struct kt_softkvm_qmp *q);

/* What one line means; RET_TEXT takes the words of a refusal. For tests, too. */
enum kt_softkvm_qmp_kind kt_softkvm_qmp_line(
	const char *line, size_t bytes, char *ret_text, size_t text_bytes);
