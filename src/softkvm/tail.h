/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last few kilobytes of a stream (the machine's kernel console, QEMU's standard error),
 * kept to be shown when something dies. Older bytes are forgotten by design.
 */
#pragma once

#include <stddef.h>

#include "base/str.h"

#define KT_SOFTKVM_TAIL_BYTES 16384

struct kt_softkvm_tail {
	char buf[KT_SOFTKVM_TAIL_BYTES];
	size_t len;
};

void kt_softkvm_tail_add(struct kt_softkvm_tail *t, const char *data, size_t bytes);
/* Read what a nonblocking FD holds. 0, or -EPIPE at its end, or -errno. */
int kt_softkvm_tail_fill(struct kt_softkvm_tail *t, int fd);
/*
 * Append the last LINES lines, at most BYTES, control characters left out. When a kernel
 * panic stands further up, BYTES from there on instead: its trace says less than its reason.
 */
void kt_softkvm_tail_text(
	const struct kt_softkvm_tail *t, unsigned lines, size_t bytes, struct kt_str *out);
