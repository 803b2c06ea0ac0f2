/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests' consoles on a stream while they run (--console). A guest's output never waits
 * for the stream: what a slow reader does not take in time is left out here, and said so; the
 * results hold all of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "run/board.h"

struct kt_run_console;

/* NAMED: each line begins with the name of its test, because several machines run at once. */
int kt_run_console_new(FILE *out, bool named, unsigned slots, struct kt_run_board *board,
	struct kt_run_console **ret, struct kt_err *err);
/* Writes what is left. NULL is fine. */
void kt_run_console_free(struct kt_run_console *c);

/* Any thread; one at a time for each slot. */
void kt_run_console_put(
	struct kt_run_console *c, unsigned slot, const char *test, const void *data, size_t bytes);
/* The machine of SLOT has ended: an unfinished line is one. */
void kt_run_console_flush(struct kt_run_console *c, unsigned slot, const char *test);
