/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ctrl-C and its like, as an event: between _begin and _end SIGINT, SIGTERM and SIGHUP of
 * the process are taken by one thread that calls back, instead of killing the program with
 * machines or builds running. Every further signal calls back again; none is fatal.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/*
 * FN runs on the signal thread, after kt_run_interrupted() has changed. Call before any other
 * thread is made. 0 or -errno.
 */
int kt_run_interrupt_begin(void (*fn)(void *arg), void *arg, struct kt_err *err);
void kt_run_interrupt_end(void);
/* The first signal that came, or 0; still true after _end. */
int kt_run_interrupted(void);
/* The exit status: 128 + that signal, or STATUS when none came. */
int kt_run_interrupt_status(int status);
