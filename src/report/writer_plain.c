// SPDX-License-Identifier: GPL-2.0-only
/* The two formats that exist per test already: text and JSON, one after the other. */
#include "report/sidecar.h"
#include "report/text.h"
#include "report/writer_ops.h"

void kt_writer_text_begin(struct kt_writer *w)
{
	(void)w; /* nothing stands before the first test */
}

void kt_writer_text_add(struct kt_writer *w, const struct kt_outcome *o, const struct kt_verdict *v)
{
	struct kt_text_options options = {.verbose = w->options->verbose,
		.passes = w->options->passes,
		.colour = w->options->colour};

	kt_text_report(o, v, &options, &w->text);
}

void kt_writer_text_end(struct kt_writer *w, const struct kt_report_summary *summary)
{
	kt_report_summary_text(summary, &w->text);
}

void kt_writer_json_begin(struct kt_writer *w)
{
	(void)w;
}

void kt_writer_json_add(struct kt_writer *w, const struct kt_outcome *o, const struct kt_verdict *v)
{
	kt_sidecar_json(o, v, &w->text);
}

void kt_writer_json_end(struct kt_writer *w, const struct kt_report_summary *summary)
{
	(void)w, (void)summary; /* a stream of objects has no end of its own */
}
