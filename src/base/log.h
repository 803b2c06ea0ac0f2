/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Progress and diagnostics of the library: off until the program layer sets a sink. Levels
 * are what a user chooses with -v; results and errors never go this way.
 */
#pragma once

enum kt_log_level {
	KT_LOG_WARN,
	KT_LOG_INFO,  /* what a person waiting wants to know */
	KT_LOG_DEBUG, /* -v */
};

typedef void kt_log_sink(void *arg, enum kt_log_level level, const char *text);

/* Messages above MAX are dropped; SINK NULL turns logging off. Not thread safe: set once. */
void kt_log_set(kt_log_sink *sink, void *arg, enum kt_log_level max);
void kt_log(enum kt_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
