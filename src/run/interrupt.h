/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ctrl-C and its like, as an event: between _begin and _end SIGINT, SIGTERM and SIGHUP of
 * the process are taken by one thread that calls back, instead of killing the program with
 * machines or builds running. The second calls back again, a third kills:
 * whoever insists may have a reason, such as a terminal that takes no output.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

#define KT_RUN_INTERRUPTS_MAX 2u

/*
 * FN runs on the signal thread, after kt_run_interrupted() has changed; it must not wait, and
 * so not log. Call before any other thread is made. 0 or -errno.
 */
int kt_run_interrupt_begin(void (*fn)(void *arg), void *arg, struct kt_err *err);
void kt_run_interrupt_end(void);
/* The first signal that came, or 0; still true after _end. */
int kt_run_interrupted(void);
/* The exit status: 128 + that signal, or STATUS when none came. */
int kt_run_interrupt_status(int status);
