// SPDX-License-Identifier: GPL-2.0-only
/* Merging of verdicts, their names, and the exit status. */
#include "report/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/exit_status.h"

static const struct {
	const char *name;
	int exit_code;
} kinds[KT_VERDICT_COUNT] = {
	[KT_VERDICT_SKIP] = {"SKIP", KT_EXIT_PASSED},
	[KT_VERDICT_PASS] = {"PASS", KT_EXIT_PASSED},
	[KT_VERDICT_INCONCLUSIVE] = {"INCONCLUSIVE", KT_EXIT_INCONCLUSIVE},
	[KT_VERDICT_FAIL] = {"FAIL", KT_EXIT_FAILED},
	[KT_VERDICT_ERROR] = {"ERROR", KT_EXIT_HARNESS},
};

void kt_verdict_done(struct kt_verdict *v)
{
	kt_vec_each(d, &v->details) {
		free(d->text);
		free(d->fix);
	}
	kt_vec_done(&v->details);
	kt_vec_done(&v->checks);
	memset(v, 0, sizeof(*v));
}

void kt_verdict_add(struct kt_verdict *v, const struct kt_verdict_detail *head, const char *fix,
	const char *fmt, ...)
{
	struct kt_verdict_detail d = *head;
	va_list ap;

	/* first of all: a detail that cannot be kept still counts */
	v->kind = kt_verdict_worst(v->kind, d.kind);
	d.text = d.fix = NULL;
	if (v->details.count < KT_VERDICT_MAX) {
		va_start(ap, fmt);
		if (vasprintf(&d.text, fmt, ap) < 0)
			d.text = NULL;
		va_end(ap);
		d.fix = strdup(fix);
	}
	if (d.text && d.fix && !kt_vec_push(&v->details, d))
		return;
	free(d.text);
	free(d.fix);
	v->more++;
}

void kt_verdict_add_check(struct kt_verdict *v, const struct kt_verdict_check *c)
{
	if (kt_vec_push(&v->checks, *c) == 0)
		return;
	struct kt_verdict_detail d = {
		.kind = KT_VERDICT_INCONCLUSIVE, .name = "checks", .phase = KT_VERDICT_NO_PHASE};
	kt_verdict_add(v, &d, "free some memory", "no memory to note check %s", c->name);
}

const struct kt_verdict_detail *kt_verdict_reason(const struct kt_verdict *v)
{
	kt_vec_each(d, &v->details)
		if (d->kind == v->kind)
			return d;
	return NULL;
}

const char *kt_verdict_name(enum kt_verdict_kind kind)
{
	return kind < KT_VERDICT_COUNT ? kinds[kind].name : "UNKNOWN";
}

enum kt_verdict_kind kt_verdict_worst(enum kt_verdict_kind a, enum kt_verdict_kind b)
{
	return a > b ? a : b;
}

enum kt_verdict_kind kt_verdict_tally_worst(const struct kt_verdict_tally *t)
{
	for (unsigned kind = KT_VERDICT_COUNT; kind-- > 0;)
		if (t->count[kind])
			return (enum kt_verdict_kind)kind;
	return KT_VERDICT_ERROR;
}

int kt_verdict_exit_code(enum kt_verdict_kind kind)
{
	return kind < KT_VERDICT_COUNT ? kinds[kind].exit_code : kinds[KT_VERDICT_ERROR].exit_code;
}
