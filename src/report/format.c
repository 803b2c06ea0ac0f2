// SPDX-License-Identifier: GPL-2.0-only
/* Plain formatting into caller memory; see the header for the forms. */
#include "report/format.h"

#include <stdio.h>

#include "base/clock.h"

/* Above this, doubles are written with an exponent: no measured value is near it. */
#define PLAIN_MAX 1e15

const char *kt_format_number(double v, char buf[KT_FORMAT_BYTES])
{
	double size = v < 0 ? -v : v;
	int digits = 1;

	if (!(size < PLAIN_MAX)) {
		snprintf(buf, KT_FORMAT_BYTES, "%g", v);
		return buf;
	}
	if (size > 0 && size < 0.01) {
		snprintf(buf, KT_FORMAT_BYTES, "%.2g", v);
		return buf;
	}
	if (size >= 100 || size == (double)(uint64_t)size)
		digits = 0;
	else if (size < 1)
		digits = 2;
	snprintf(buf, KT_FORMAT_BYTES, "%.*f", digits, v);
	return buf;
}

const char *kt_format_ns(uint64_t ns, char buf[KT_FORMAT_BYTES])
{
	if (ns >= 10 * KT_NS_PER_S)
		return kt_format_seconds(ns, buf);
	snprintf(buf, KT_FORMAT_BYTES, "%.*f ms", ns && ns < 10 * KT_NS_PER_MS ? 1 : 0,
		(double)ns / (double)KT_NS_PER_MS);
	return buf;
}

const char *kt_format_seconds(uint64_t ns, char buf[KT_FORMAT_BYTES])
{
	snprintf(buf, KT_FORMAT_BYTES, "%.1f s", (double)ns / (double)KT_NS_PER_S);
	return buf;
}
