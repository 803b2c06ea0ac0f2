/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launcher's signals as a descriptor, and its own stop: what Ctrl-Z is to a process that
 * stands for a command elsewhere. Used by the session.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

struct kt_softkvm_signals {
	int fd; /* a signalfd, nonblocking; -1: not open */
	bool opened;
	bool can_stop; /* SIGTSTP is not ignored: somebody does job control */
	sigset_t old_mask;
};

/* Block the signals that concern the command, SIGTSTP and SIGPIPE; all but the last come on fd. */
int kt_softkvm_signals_open(struct kt_softkvm_signals *s);
/* Forget pending SIGPIPE and restore the mask. */
void kt_softkvm_signals_close(struct kt_softkvm_signals *s);
/*
 * Stop this process, and with GROUP its process group, as SIGTSTP does by default. Returns once
 * it was continued; at once where the kernel discards SIGTSTP, since nobody could continue it.
 */
void kt_softkvm_signals_stop(const struct kt_softkvm_signals *s, bool group);
