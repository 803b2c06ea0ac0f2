/* SPDX-License-Identifier: GPL-2.0-only */
/* A report into memory, fed with outcomes of each kind, for the tests of the writers. */
#pragma once

#include <criterion/criterion.h>

#include "report/writer.h"
#include "unit/report/sample.h"

static char *reports_text; /* what was written; of the C library's memory stream */
static size_t reports_bytes;
static FILE *reports_stream;

static inline __attribute__((unused)) struct kt_report *reports_open(
	enum kt_report_format format, size_t total, bool verbose)
{
	struct kt_report *r = NULL;
	struct kt_err err = {0};
	reports_stream = open_memstream(&reports_text, &reports_bytes);
	struct kt_report_options options = {.format = format,
		.out = reports_stream,
		.suite = "01_first",
		.total = total,
		.verbose = verbose};
	cr_assert_eq(kt_report_open(&options, &r, &err), 0, "%s", err.text);
	return r;
}

/* One test of a kind whose only finding is TEXT; SPOIL may change its outcome before. */
static inline __attribute__((unused)) void reports_add(struct kt_report *r, const char *name,
	enum kt_verdict_kind kind, const char *text, void (*spoil)(struct kt_outcome *o))
{
	struct ktstr_test test = sample_plain;
	struct kt_outcome o;
	struct kt_verdict v = {.kind = KT_VERDICT_SKIP};
	struct kt_err err = {0};
	struct kt_verdict_detail head = {
		.kind = kind, .name = "rule", .phase = KT_VERDICT_NO_PHASE, .unit = ""};
	test.name = name;
	sample_init(&o, &test);
	if (spoil)
		spoil(&o);
	if (kind == KT_VERDICT_PASS)
		v.kind = kind;
	else
		kt_verdict_add(&v, &head, "the remedy", "%s", text);
	cr_assert_eq(kt_report_add(r, &o, &v, &err), 0, "%s", err.text);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

/* End, and return the whole text. */
static inline __attribute__((unused)) const char *reports_end(
	struct kt_report *r, const struct kt_report_summary *summary)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_report_end(r, summary, &err), 0, "%s", err.text);
	kt_report_free(r);
	fclose(reports_stream);
	return reports_text;
}

static inline __attribute__((unused)) void reports_done(void)
{
	free(reports_text);
}
