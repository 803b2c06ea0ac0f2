// SPDX-License-Identifier: GPL-2.0-only
/* The sentences all checks share. */
#include "report/check_say.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "report/format.h"
#include "report/workers.h"

#define FIX_BUSY "run it again on a less busy host"

/* NULL without memory. */
static __attribute__((format(printf, 1, 0))) char *text_of(const char *fmt, va_list ap)
{
	char *text = NULL;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

static const char *or_else(const char *text)
{
	return text ?: "(no memory for the text)";
}

static struct kt_verdict_detail head_of(enum kt_check_id check)
{
	struct kt_verdict_detail d = {.kind = KT_VERDICT_FAIL, .phase = KT_VERDICT_NO_PHASE};

	snprintf(d.name, sizeof(d.name), "%s", kt_check_info(check)->name);
	return d;
}

struct kt_verdict_detail kt_check_head(const struct kt_outcome *o, enum kt_check_id check,
	const struct kt_work_result *r, const struct kt_verdict *v)
{
	struct kt_verdict_detail d = head_of(check);

	kt_workers_blame(o, r, v, &d);
	return d;
}

struct kt_verdict_detail kt_check_head_cgroup(
	enum kt_check_id check, const struct kt_work_result *r)
{
	struct kt_verdict_detail d = head_of(check);

	d.phase = r->phase;
	snprintf(d.where, sizeof(d.where), "%s", kt_workers_cgroup(r));
	return d;
}

/* "at most 15 % is allowed" */
static const char *bound_of(const struct kt_check_miss *miss, char *buf, size_t bytes)
{
	const struct kt_check_info *row = kt_check_info(miss->check);
	char limit[KT_FORMAT_BYTES];

	snprintf(buf, bytes, "at %s %s%s%s %s %s", row->is_least ? "least" : "most",
		kt_format_number(miss->limit, limit), row->unit[0] ? " " : "", row->unit,
		row->unit[0] ? "are" : "is", row->is_least ? "wanted" : "allowed");
	return buf;
}

void kt_check_missed(const struct kt_check_miss *miss, struct kt_verdict_detail *head,
	struct kt_verdict *v, const char *fmt, ...)
{
	char bound[160], stolen[KT_FORMAT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	KT_AUTOFREE char *text = text_of(fmt, ap);
	va_end(ap);
	head->has_value = true;
	head->value = miss->value;
	head->bound = miss->limit;
	head->unit = kt_check_info(miss->check)->unit;
	head->kind = miss->excused ? KT_VERDICT_INCONCLUSIVE : KT_VERDICT_FAIL;
	bound_of(miss, bound, sizeof(bound));
	kt_format_ns(miss->stolen_ns, stolen);
	if (miss->excused)
		kt_verdict_add(v, head, FIX_BUSY,
			"%s (%s), but the host may have taken up to %s from the machine's CPUs",
			or_else(text), bound, stolen);
	else
		kt_verdict_add(v, head, miss->fix, "%s; %s%s%s", or_else(text), bound,
			miss->stolen_ns ? ", and what the host took cannot explain it: " : "",
			miss->stolen_ns ? stolen : "");
}

void kt_check_undecided(
	struct kt_verdict_detail *head, const char *fix, struct kt_verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	KT_AUTOFREE char *text = text_of(fmt, ap);
	va_end(ap);
	head->kind = KT_VERDICT_INCONCLUSIVE;
	kt_verdict_add(v, head, fix, "%s", or_else(text));
}

void kt_check_nothing(
	enum kt_check_id check, const char *what, const char *fix, struct kt_verdict *v)
{
	struct kt_verdict_detail d = head_of(check);

	kt_check_undecided(&d, fix, v, "%s, so there is nothing to judge", what);
}

void kt_check_note(enum kt_check_id check, double value, struct kt_check_tally *tally)
{
	bool is_least = kt_check_info(check)->is_least || check == KT_CHECK_not_starved;

	if (!tally->judged++ || isnan(value) ||
		(is_least ? value < tally->worst : value > tally->worst))
		tally->worst = value;
}
