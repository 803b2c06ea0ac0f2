/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Progress of long work on standard error: one line that changes on a terminal, a line now
 * and then in a pipe.
 */
#pragma once

#include "kernel/make.h"

/* A kt_kernel_progress_fn. */
void kt_cli_progress_kernel(void *unused, const struct kt_kernel_progress *p);
/* Finish the changing line, if there is one. */
void kt_cli_progress_end(void);
