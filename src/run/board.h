/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which machine is at what: kept by the threads that run them, told to a view whenever it
 * changes and four times a second. Thread safe.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "run/view.h"

struct kt_run_board;

/* VIEW may be NULL: then nobody is told. TOTAL tests by at most SLOTS machines at once. */
int kt_run_board_new(const struct kt_run_view *view, size_t total, unsigned slots,
	struct kt_run_board **ret, struct kt_err *err);
void kt_run_board_free(struct kt_run_board *b);

/* SLOT begins a test: stage and time are set here, the name is borrowed until its end. */
void kt_run_board_begin(
	struct kt_run_board *b, unsigned slot, const struct kt_run_view_machine *machine);
void kt_run_board_stage(struct kt_run_board *b, unsigned slot, const char *stage);
void kt_run_board_end(struct kt_run_board *b, unsigned slot, bool passed);
/* The view's hold and release. */
void kt_run_board_hold(struct kt_run_board *b);
void kt_run_board_release(struct kt_run_board *b);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_run_board, kt_run_board_free);
