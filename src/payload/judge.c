// SPDX-License-Identifier: GPL-2.0-only
/* One function per kind of check. */
#include "payload/judge.h"

#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "base/proc.h"

#define TAIL_BYTES 1024u
#define TAIL_LINES 8u

void kt_payload_judgement_done(struct kt_payload_judgement *j)
{
	kt_payload_values_done(&j->values);
	kt_str_done(&j->failures);
}

const struct ktstr_metric_hint *kt_payload_hint(const struct ktstr_payload *p, const char *name)
{
	for (const struct ktstr_metric_hint *h = p->hints; h && h->name; h++)
		if (!strcmp(h->name, name))
			return h;
	return NULL;
}

static void fail(struct kt_payload_judgement *j, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void fail(struct kt_payload_judgement *j, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kt_str_addf(&j->failures, "%s%s", j->failed++ ? "\n" : "", text);
}

/* The unit with a space before it, or nothing. */
static const char *unit_of(
	const struct ktstr_payload *p, const char *metric, char *buf, size_t bytes)
{
	const struct ktstr_metric_hint *h = kt_payload_hint(p, metric);
	snprintf(buf, bytes, "%s%s", h && h->unit ? " " : "", h && h->unit ? h->unit : "");
	return buf;
}

static void check_metric(const struct ktstr_payload *p, const struct ktstr_payload_check *c,
	struct kt_payload_judgement *j)
{
	const struct kt_payload_value *v = kt_payload_values_find(&j->values, c->metric);
	bool has_min = c->kind == KTSTR_PAYLOAD_CHECK_MIN || c->kind == KTSTR_PAYLOAD_CHECK_RANGE;
	bool has_max = c->kind == KTSTR_PAYLOAD_CHECK_MAX || c->kind == KTSTR_PAYLOAD_CHECK_RANGE;
	char unit[64];
	unit_of(p, c->metric, unit, sizeof(unit));
	if (!v)
		fail(j, "metric '%s' is not there", c->metric);
	else if (has_min && !(v->value >= c->min))
		fail(j, "metric '%s' is %g%s, at least %g is expected", c->metric, v->value, unit,
			c->min);
	else if (has_max && !(v->value <= c->max))
		fail(j, "metric '%s' is %g%s, at most %g is expected", c->metric, v->value, unit,
			c->max);
}

/* Without a check of it 0 is expected: a program that fails must not pass unseen. */
static void check_exit(const struct ktstr_payload *p, const struct kt_payload_output *o,
	struct kt_payload_judgement *j)
{
	int expected = 0;
	for (const struct ktstr_payload_check *c = p->checks; c && c->kind; c++)
		if (c->kind == KTSTR_PAYLOAD_CHECK_EXIT_CODE)
			expected = c->exit_code;
	if (o->stopped || j->exit_code == expected)
		return;
	fail(j, "it %s%s, exit code %d is expected", j->exit_code < 0 ? "was " : "", j->how,
		expected);
}

static int take_metrics(
	const struct kt_payload_output *o, struct kt_payload_judgement *j, struct kt_err *err)
{
	struct kt_err why = {0};
	int r = kt_payload_extract(
		kt_str_get(&o->out), o->out.len, kt_str_get(&o->err), o->err.len, &j->values, &why);
	if (r == -ENOMEM)
		return kt_fail(err, ENOMEM, why.fix, "%s", why.text);
	/* One that was stopped had no time to print its result. */
	if (r < 0 && !o->stopped)
		fail(j, "no metrics: %s%s", why.text,
			o->out_bytes > o->out.len ? " (it was cut: it printed too much)" : "");
	return 0;
}

int kt_payload_judge(const struct ktstr_payload *p, const struct kt_payload_output *o,
	struct kt_payload_judgement *ret, struct kt_err *err)
{
	struct kt_payload_judgement j = {
		.exit_code = WIFEXITED(o->status) ? WEXITSTATUS(o->status) : -1};
	kt_proc_status_text(o->status, j.how, sizeof(j.how));
	check_exit(p, o, &j);
	int r = p->output == KTSTR_OUTPUT_JSON ? take_metrics(o, &j, err) : 0;
	for (const struct ktstr_payload_check *c = p->checks; r == 0 && c && c->kind; c++)
		if (c->kind != KTSTR_PAYLOAD_CHECK_EXIT_CODE)
			check_metric(p, c, &j);
	if (r == 0 && j.failures.failed)
		r = kt_fail(err, ENOMEM, "give the machine more memory", "out of memory");
	if (r < 0)
		kt_payload_judgement_done(&j);
	else
		*ret = j;
	return r;
}

void kt_payload_tail(const struct kt_payload_output *o, struct kt_str *out)
{
	const struct kt_str *from = o->err.len ? &o->err : &o->out;
	size_t end = from->len, lines = 0;
	while (end && (from->text[end - 1] == '\n' || from->text[end - 1] == '\r'))
		end--;
	size_t at = end;
	while (at && end - at < TAIL_BYTES) {
		if (from->text[at - 1] == '\n' && ++lines == TAIL_LINES)
			break;
		at--;
	}
	/* What is no text would end it for a reader of C strings. */
	for (size_t i = at; i < end; i++)
		kt_str_add_bytes(out, from->text[i] ? &from->text[i] : "?", 1);
}
