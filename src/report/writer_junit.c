// SPDX-License-Identifier: GPL-2.0-only
/*
 * JUnit XML as Jenkins, GitLab and others read it: one suite, a case per test. The counts
 * stand in front of the cases, so everything is held until the end; a regular file meanwhile has
 * a document of what was done so far, lest a run that dies leave none. FAIL is a <failure>, of
 * the type of its first finding; INCONCLUSIVE and ERROR are an <error> of the types
 * "inconclusive" and "harness", because both mean that nothing was proved; tests that were
 * not run are one more case, an <error> of the type "not run", lest the rest look like all.
 */
#include <string.h>

#include "base/clock.h"
#include "report/text.h"
#include "report/writer_ops.h"
#include "report/xml.h"

static void add_time(struct kt_str *out, uint64_t ms)
{
	kt_str_addf(out, " time=\"%.3f\"", (double)ms / 1000);
}

static void add_case(struct kt_writer *w, const struct kt_outcome *o)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str title = {0};
	struct kt_str *out = &w->held;

	kt_outcome_title(o, &title);
	kt_str_add(out, "    <testcase");
	kt_xml_attr(out, "classname", w->options->suite);
	kt_xml_attr(out, "name", kt_str_get(&title));
	add_time(out, kt_outcome_total_ms(o));
	kt_xml_attr(out, "file", o->test->file);
	kt_str_addf(out, " line=\"%d\">\n", o->test->line);
	out->failed |= title.failed;
}

static void add_element(struct kt_str *out, const char *name, const char *type, const char *message,
	const struct kt_str *body)
{
	kt_str_addf(out, "      <%s", name);
	if (message)
		kt_xml_attr(out, "message", message);
	if (type)
		kt_xml_attr(out, "type", type);
	if (!body || !body->len) {
		kt_str_add(out, "/>\n");
		return;
	}
	kt_str_add(out, ">");
	kt_xml_text(out, body->text, body->len);
	kt_str_addf(out, "</%s>\n", name);
	out->failed |= body->failed;
}

/* Every finding with its remedy; the message has only the first. */
static void list_details(const struct kt_verdict *v, struct kt_str *out)
{
	kt_vec_each(d, &v->details) {
		kt_str_addf(out, "%s: %s: %s\n", kt_verdict_name(d->kind), d->name, d->text);
		if (d->fix[0])
			kt_str_addf(out, "  remedy: %s\n", d->fix);
	}
	if (v->more)
		kt_str_addf(out, "and %zu details more than can be kept\n", v->more);
}

static void add_verdict(struct kt_str *out, const struct kt_verdict *v)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str details = {0};
	const struct kt_verdict_detail *reason = kt_verdict_reason(v);
	const char *message = kt_writer_reason(v);

	list_details(v, &details);
	switch (v->kind) {
	case KT_VERDICT_SKIP:
		add_element(out, "skipped", NULL, message, NULL);
		return;
	case KT_VERDICT_FAIL:
		add_element(out, "failure", reason ? reason->name : "fail", message, &details);
		return;
	case KT_VERDICT_INCONCLUSIVE:
		add_element(out, "error", "inconclusive", message, &details);
		return;
	case KT_VERDICT_ERROR:
		add_element(out, "error", "harness", message, &details);
		return;
	case KT_VERDICT_PASS:
	case KT_VERDICT_COUNT:
		return;
	}
}

static void add_not_run(struct kt_writer *w, const struct kt_report_summary *summary)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};

	kt_writer_not_run(summary, &text);
	kt_str_add(&w->text, "    <testcase");
	kt_xml_attr(&w->text, "classname", w->options->suite);
	kt_str_add(&w->text, " name=\"(not run)\" time=\"0.000\">\n");
	add_element(&w->text, "error", "not run", kt_str_get(&text), NULL);
	kt_str_add(&w->text, "    </testcase>\n");
}

/* Attributes that <testsuites> and <testsuite> share. */
static void add_counts(struct kt_writer *w, const struct kt_report_summary *summary)
{
	const unsigned *count = summary->tally.count;
	unsigned errors = count[KT_VERDICT_ERROR] + count[KT_VERDICT_INCONCLUSIVE];
	unsigned more = summary->not_run > 0;

	kt_xml_attr(&w->text, "name", w->options->suite);
	kt_str_addf(&w->text, " tests=\"%zu\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"",
		w->results + more, count[KT_VERDICT_FAIL], errors + more, count[KT_VERDICT_SKIP]);
	add_time(&w->text, (kt_now_ns() - w->start_ns) / KT_NS_PER_MS);
}

/* In UTC; the schema allows no zone. */
static void add_timestamp(struct kt_writer *w)
{
	struct tm tm;
	char text[40] = "1970-01-01T00:00:00";

	if (gmtime_r(&w->start, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	kt_xml_attr(&w->text, "timestamp", text);
}

static void add_document(struct kt_writer *w, const struct kt_report_summary *summary)
{
	w->is_whole = true;
	kt_str_add(&w->text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_counts(w, summary);
	kt_str_add(&w->text, ">\n  <testsuite");
	add_counts(w, summary);
	add_timestamp(w);
	kt_str_addf(&w->text,
		">\n    <properties>\n      <property name=\"kernels booted\" value=\"%u\"/>\n"
		"    </properties>\n",
		summary->booted);
	kt_str_add_bytes(&w->text, kt_str_get(&w->held), w->held.len);
	if (summary->not_run)
		add_not_run(w, summary);
	kt_str_add(&w->text, "  </testsuite>\n</testsuites>\n");
}

void kt_writer_junit_begin(struct kt_writer *w)
{
	if (w->is_due)
		add_document(w, &w->so_far);
}

void kt_writer_junit_add(
	struct kt_writer *w, const struct kt_outcome *o, const struct kt_verdict *v)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str report = {0};
	struct kt_text_options options = {
		.verbose = w->options->verbose, .passes = w->options->passes, .console = true};

	if (o->end == KT_END_INTERRUPTED)
		return; /* one of those that were not run */
	w->results++;
	add_case(w, o);
	add_verdict(&w->held, v);
	kt_text_report(o, v, &options, &report);
	add_element(&w->held, "system-out", NULL, NULL, &report);
	kt_str_add(&w->held, "    </testcase>\n");
	if (w->is_due)
		add_document(w, &w->so_far);
}

void kt_writer_junit_end(struct kt_writer *w, const struct kt_report_summary *summary)
{
	add_document(w, summary);
}
