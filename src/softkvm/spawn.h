/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command of the softkvm machine: its own session, its streams as pipes or as a
 * pseudoterminal where the host has a terminal, its identity as on the host. Used by PID 1.
 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "softkvm/msg.h"

struct kt_softkvm_child {
	pid_t pid;
	pid_t keeper; /* stops when the command is stopped from the terminal; 0: none */
	int master;   /* of the pseudoterminal; -1: none */
	int streams[KT_SOFTKVM_STREAMS_MAX]; /* PID 1's ends; -1: none, or shares another's end */
};

/*
 * Start S's command. When it cannot be executed the error says why and nothing is left. The
 * caller must be PID 1 or a subreaper: it reaps the command, and the keeper.
 */
int kt_softkvm_spawn(
	const struct kt_softkvm_start *s, struct kt_softkvm_child *ret, struct kt_err *err);
/* Send SIG to the foreground process group of the terminal, or to the command's own. */
void kt_softkvm_child_signal(const struct kt_softkvm_child *c, int sig);
/* Let a command that was stopped go on. */
void kt_softkvm_child_continue(const struct kt_softkvm_child *c);
void kt_softkvm_child_winsize(const struct kt_softkvm_child *c, const struct kt_softkvm_winsize *w);
