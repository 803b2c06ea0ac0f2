// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one place through which the library speaks while it works. It only hands whole
 * messages to the sink; the program layer decides where they go and how they look.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
	kt_log_sink *sink;
	void *arg;
	enum kt_log_level max;
} current;

void kt_log_set(kt_log_sink *sink, void *arg, enum kt_log_level max)
{
	current.sink = sink;
	current.arg = arg;
	current.max = max;
}

void kt_log(enum kt_log_level level, const char *fmt, ...)
{
	if (!current.sink || level > current.max)
		return;

	va_list ap;
	char *text = NULL;
	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	/* Out of memory is itself worth a line, and the format says where it was. */
	current.sink(current.arg, level, n < 0 ? fmt : text);
	if (n >= 0)
		free(text);
}
