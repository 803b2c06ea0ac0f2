/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard input and output of the guest: /dev/console, which is the line of the last
 * console= word (COM1), so that what a test prints stands among the kernel's messages in the
 * order it happened. The terminal port (hvc0) stays free for a shell.
 */
#pragma once

#include "base/err.h"

/* Make /dev/console descriptors 0, 1 and 2. 0 or -errno. */
int kt_guest_console_open(struct kt_err *err);
/* One line with the prefix "ktstr: ", in one write, so that it stays whole. */
void kt_guest_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Wait until the line has taken everything, for at most DEADLINE_MS. */
void kt_guest_console_flush(unsigned deadline_ms);
