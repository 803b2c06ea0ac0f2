/* SPDX-License-Identifier: GPL-2.0-only */
/* --gdb: gdb on the first machine that a run has kept, with the user's terminal. */
#pragma once

#include "base/err.h"

/* Before the run: -ENOTTY without a terminal, -ENOENT without gdb. */
int kt_run_debugger_check(struct kt_err *err);
/*
 * Start gdb on the oldest core file in RUN_DIR and wait for its end; nothing to do when there
 * is none. VMLINUX may be NULL: gdb then has no symbols.
 */
int kt_run_debugger_start(const char *run_dir, const char *vmlinux, struct kt_err *err);
