/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process leaves behind when it dies of a fault: a note in memory that it shares with
 * its parent, written by a signal handler. Used by the test's own process (child.c), and by
 * PID 1 itself, whose death the kernel answers with a panic.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct kt_guest_crash {
	pid_t owner; /* only this process writes the note: workers inherit the handler */
	int signal;  /* 0: none */
	uint64_t address, instruction;
};

/*
 * Note the first fault of the calling process in NOTE. With SAY the handler also prints
 * "ktstr: PID 1 died in stage ...", *SAY being the stage.
 */
void kt_guest_crash_catch(struct kt_guest_crash *note, const char *const *say);
