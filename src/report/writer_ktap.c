// SPDX-License-Identifier: GPL-2.0-only
/*
 * KTAP version 1, after the kernel's Documentation/dev-tools/ktap.rst. INCONCLUSIVE and ERROR
 * are "not ok": the second with the directive of that name, the first with data behind the
 * hash, which no parser takes for a directive. A run that ended early keeps its plan, so that
 * parsers see what is missing.
 */
#include <string.h>

#include "report/text.h"
#include "report/text_parts.h"
#include "report/writer_ops.h"

#define REASON_BYTES 400u /* of a result line; the whole stands in the lines before */

void kt_writer_ktap_begin(struct kt_writer *w)
{
	kt_str_addf(&w->text, "KTAP version 1\n1..%zu\n", w->options->total);
}

/* What may not stand in a description, and the escape itself, as %XX. */
static void add_name(const struct kt_outcome *o, struct kt_str *out)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str title = {0};

	kt_outcome_title(o, &title);
	for (const char *p = kt_str_get(&title); *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < ' ' || c == 0x7f || c == '#' || c == '%')
			kt_str_addf(out, "%%%02X", c);
		else
			kt_str_add_bytes(out, p, 1);
	}
	out->failed |= title.failed;
}

/* The reason up to the end of its first line, without control characters. */
static void add_reason(const char *text, struct kt_str *out)
{
	for (size_t i = 0; text[i] && text[i] != '\n'; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i >= REASON_BYTES && (c & 0xc0) != 0x80) {
			kt_str_add(out, " ...");
			return;
		}
		kt_str_add(out, c < ' ' || c == 0x7f ? " " : (char[]){text[i], '\0'});
	}
}

static void add_result(struct kt_writer *w, const struct kt_outcome *o, const struct kt_verdict *v)
{
	static const struct {
		bool ok;
		const char *says;
	} kinds[KT_VERDICT_COUNT] = {
		[KT_VERDICT_SKIP] = {true, " # SKIP "},
		[KT_VERDICT_PASS] = {true, ""},
		[KT_VERDICT_INCONCLUSIVE] = {false, " # inconclusive: "},
		[KT_VERDICT_FAIL] = {false, ""},
		[KT_VERDICT_ERROR] = {false, " # ERROR "},
	};
	const char *says = kinds[v->kind].says;

	/* The only kind of failure that the format has a word for. */
	if (v->kind == KT_VERDICT_FAIL && o->end == KT_END_DEADLINE)
		says = " # TIMEOUT ";
	kt_str_addf(&w->text, "%s %zu ", kinds[v->kind].ok ? "ok" : "not ok", ++w->results);
	add_name(o, &w->text);
	kt_str_add(&w->text, says);
	if (*says)
		add_reason(kt_writer_reason(v), &w->text);
	kt_str_add(&w->text, "\n");
}

/* The text report in front of the result, a line of its own for each of its lines. */
static void add_report(struct kt_writer *w, const struct kt_outcome *o, const struct kt_verdict *v)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str report = {0};
	struct kt_text_options options = {
		.verbose = w->options->verbose, .passes = w->options->passes};

	kt_text_report(o, v, &options, &report);
	w->text.failed |= report.failed;
	for (const char *p = kt_str_get(&report); *p;) {
		size_t n = strcspn(p, "\n");

		kt_str_add(&w->text, "# ");
		kt_str_add_bytes(&w->text, p, n);
		kt_str_add(&w->text, "\n");
		p += n + (p[n] == '\n');
	}
}

void kt_writer_ktap_add(struct kt_writer *w, const struct kt_outcome *o, const struct kt_verdict *v)
{
	size_t from = w->text.len;

	if (w->options->verbose || w->options->passes || v->kind > KT_VERDICT_PASS)
		add_report(w, o, v);
	if (o->end != KT_END_INTERRUPTED)
		add_result(w, o, v);
	kt_text_clean(&w->text, from);
}

void kt_writer_ktap_end(struct kt_writer *w, const struct kt_report_summary *summary)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};

	kt_str_addf(&w->text, "# kernels booted: %u\n", summary->booted);
	if (!summary->not_run)
		return;
	kt_writer_not_run(summary, &text);
	kt_str_add(&w->text, "Bail out! ");
	add_reason(kt_str_get(&text), &w->text);
	kt_str_add(&w->text, "\n");
}
