/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports of a run, in the formats of writer.def: several can be open at once, each with a
 * file or stream of its own. One is opened before anything boots, is told of each test as it
 * is judged, in any order, and is ended once. Not thread safe: the caller holds a lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "report/outcome.h"
#include "report/verdict.h"

enum kt_report_format {
#define WRITER(name, sentence) KT_REPORT_##name,
#include "report/writer.def"
#undef WRITER
	KT_REPORT_COUNT
};

struct kt_report;

struct kt_report_options {
	enum kt_report_format format;
	const char *path;  /* a file, a FIFO or /dev/fd/N; borrowed until it is open */
	FILE *out;	   /* where PATH is NULL: a stream, borrowed until the report is freed */
	const char *suite; /* the program's name; borrowed likewise */
	size_t total;	   /* tests that will be added if nothing comes between, repeats included */
	bool verbose, colour;
	bool passes; /* claims and checks that hold are shown too */
};

/* What there is to say when all is over. */
struct kt_report_summary {
	struct kt_verdict_tally tally;
	size_t not_run;	 /* of the total */
	const char *why; /* they were not: "interrupted", "--fail-fast"; NULL: not known */
	unsigned booted; /* kernels that reached the hello frame */
};

/* As the text report ends: counts, kernels booted, and tests that were not run. */
void kt_report_summary_text(const struct kt_report_summary *summary, struct kt_str *out);

const char *kt_report_format_name(enum kt_report_format format);
const char *kt_report_format_sentence(enum kt_report_format format);
/* -EINVAL names the nearest format there is. */
int kt_report_format_parse(const char *name, enum kt_report_format *ret, struct kt_err *err);
/* "FORMAT:FILE", as --report takes it; *ret_path points into TEXT. */
int kt_report_target_parse(
	const char *text, enum kt_report_format *ret, const char **ret_path, struct kt_err *err);

/*
 * Only the file of a report, for one that is written by another process. A FIFO waits a
 * minute for its reader.
 */
int kt_report_open_fd(
	enum kt_report_format format, const char *path, int *ret_fd, struct kt_err *err);
/*
 * Open the file (made or emptied) and write what comes before the first test. A FIFO waits a
 * minute for its reader. 0 or -errno. A run that dies leaves what was written: JUnit, which
 * ends with the run, is written again whole as tests are added where it has a regular file;
 * a pipe has none then.
 */
int kt_report_open(
	const struct kt_report_options *options, struct kt_report **ret, struct kt_err *err);
/*
 * One test, judged. The first failure to write (a full disk) is returned; from then on the
 * report takes tests without writing, so that the run and its other reports can go on, and
 * kt_report_end() fails.
 */
int kt_report_add(struct kt_report *r, const struct kt_outcome *o, const struct kt_verdict *v,
	struct kt_err *err);
/* The summary, and the end of the file. -errno when anything of this report was not written. */
int kt_report_end(struct kt_report *r, const struct kt_report_summary *summary, struct kt_err *err);
/* Also without an end, and NULL. */
void kt_report_free(struct kt_report *r);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_report, kt_report_free);
