// SPDX-License-Identifier: GPL-2.0-only
/* Parsing and printing "NnLlCcTt"; the numbers are judged by kt_topo_check(). */
#include "topo/spec.h"

#include <stdio.h>

/* One number and its letter; moves *TEXT behind them. */
static bool take_count(const char **text, char letter, unsigned *ret)
{
	const char *p = *text;
	unsigned value = 0;
	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (unsigned)(*p - '0');
		if (value > 1000000)
			return false;
	}
	if (*p != letter)
		return false;
	*text = p + 1;
	*ret = value;
	return true;
}

int kt_topo_parse(const char *text, struct kt_topo *ret, struct kt_err *err)
{
	struct kt_topo t = {0};
	const char *p = text;
	if (!take_count(&p, 'n', &t.nodes) || !take_count(&p, 'l', &t.llcs) ||
		!take_count(&p, 'c', &t.cores) || !take_count(&p, 't', &t.threads) || *p)
		return kt_fail(err, EINVAL,
			"write nodes, LLCs, cores per LLC and threads per core, such as 1n2l4c1t",
			"topology '%s' is not of the form NnLlCcTt", text);
	int r = kt_topo_check(&t, err);
	if (r < 0)
		return r;
	*ret = t;
	return 0;
}

const char *kt_topo_text(const struct kt_topo *t, char buf[KT_TOPO_TEXT_BYTES])
{
	snprintf(buf, KT_TOPO_TEXT_BYTES, "%un%ul%uc%ut", t->nodes, t->llcs, t->cores, t->threads);
	return buf;
}
