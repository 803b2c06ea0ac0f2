/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors as values: a function returns 0 or -errno and fills a kt_err that says what
 * failed and what the reader can do about it. Callers that know more prepend context with
 * kt_wrap(); only the program layer prints.
 */
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>

#define KT_ERR_TEXT_BYTES 2048
#define KT_ERR_FIX_BYTES  512

struct kt_err {
	int code; /* positive errno, 0 while nothing failed */
	char text[KT_ERR_TEXT_BYTES];
	char fix[KT_ERR_FIX_BYTES];
};

/*
 * Record a failure: object, value and cause in FMT; FIX is the remedy (a command, a
 * setting), never empty. ERR may be NULL. Returns -ERRNUM.
 */
int kt_fail(struct kt_err *err, int errnum, const char *fix, const char *fmt, ...)
	__attribute__((nonnull(3, 4), format(printf, 4, 5)));

/* The same with a formatted remedy set afterwards: replaces the fix of ERR. Returns -err->code. */
int kt_fix(struct kt_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prepend "FMT: " to the text of a failed ERR. Returns R unchanged. */
int kt_wrap(struct kt_err *err, int r, const char *fmt, ...)
	__attribute__((nonnull(3), format(printf, 3, 4)));

/* Forget a failure, so that the same kt_err can serve another call. */
void kt_err_clear(struct kt_err *err);
