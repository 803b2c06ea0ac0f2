/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between writer.c, which owns the file, and the formats, which only make text: what they
 * append to struct kt_writer's text is written when they return. A format whose document has
 * its counts in front can write it again whole, where the file can be replaced from its start.
 */
#pragma once

#include <time.h>

#include "base/str.h"
#include "report/writer.h"

struct kt_writer {
	const struct kt_report_options *options;
	size_t results;			 /* so far; a test that was interrupted has none */
	time_t start;			 /* of the report, wall clock */
	uint64_t start_ns;		 /* the same on the monotonic clock */
	struct kt_str text;		 /* to be written now */
	struct kt_str held;		 /* kept by a format that writes at the end */
	struct kt_report_summary so_far; /* of the tests added, if the run ended now */
	bool is_due;			 /* the file is one to write again, and it is time to */
	bool is_whole; /* text is the document from its start: replaces what the file has */
};

typedef void kt_writer_begin_fn(struct kt_writer *w);
typedef void kt_writer_add_fn(
	struct kt_writer *w, const struct kt_outcome *o, const struct kt_verdict *v);
typedef void kt_writer_end_fn(struct kt_writer *w, const struct kt_report_summary *summary);

#define WRITER(name, sentence)                                                                     \
	kt_writer_begin_fn kt_writer_##name##_begin;                                               \
	kt_writer_add_fn kt_writer_##name##_add;                                                   \
	kt_writer_end_fn kt_writer_##name##_end;
#include "report/writer.def"
#undef WRITER

/* "3 of 5 tests were not run: interrupted", for a summary with not_run. */
void kt_writer_not_run(const struct kt_report_summary *summary, struct kt_str *out);
/* Why the verdict is what it is, "" for a PASS. Borrowed; may be of any length and any bytes. */
const char *kt_writer_reason(const struct kt_verdict *v);
