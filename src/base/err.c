// SPDX-License-Identifier: GPL-2.0-only
/*
 * The error value. Texts are clipped to their fixed buffers, so that reporting a failure
 * never needs memory and never fails itself.
 */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

int kt_fail(struct kt_err *err, int errnum, const char *fix, const char *fmt, ...)
{
	if (!err)
		return -errnum;

	va_list ap;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	snprintf(err->fix, sizeof(err->fix), "%s", fix);
	err->code = errnum;
	return -errnum;
}

int kt_fix(struct kt_err *err, const char *fmt, ...)
{
	if (!err)
		return 0;

	va_list ap;
	va_start(ap, fmt);
	vsnprintf(err->fix, sizeof(err->fix), fmt, ap);
	va_end(ap);
	return -err->code;
}

int kt_wrap(struct kt_err *err, int r, const char *fmt, ...)
{
	if (!err)
		return r;

	char context[KT_ERR_TEXT_BYTES];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);

	char inner[KT_ERR_TEXT_BYTES];
	memcpy(inner, err->text, sizeof(inner));
	int n = snprintf(err->text, sizeof(err->text), "%.1000s: ", context);
	snprintf(err->text + n, sizeof(err->text) - (size_t)n, "%.*s",
		(int)(sizeof(err->text) - (size_t)n - 1), inner);
	return r;
}

void kt_err_clear(struct kt_err *err)
{
	if (!err)
		return;
	err->code = 0;
	err->text[0] = '\0';
	err->fix[0] = '\0';
}
