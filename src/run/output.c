// SPDX-License-Identifier: GPL-2.0-only
/*
 * One lock around all of it. The first failure to write is kept with its text; later ones
 * usually have the same cause and only cost a line each.
 */
#include "run/output.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "report/github.h"
#include "report/text_parts.h"
#include "report/writer.h"
#include "run/interrupt.h"

#define REPORTS_MAX (KT_RUN_REPORTS_MAX + 1)

struct kt_run_output {
	struct kt_run_output_config config;
	pthread_mutex_t lock;
	struct kt_report *reports[REPORTS_MAX];
	size_t report_count;
	struct kt_report_summary summary;
	size_t done;
	char fence[24]; /* "": annotations are not wanted */
	struct kt_str annotations;
	int failed; /* -errno of the first thing that was not written */
	struct kt_err why;
};

/* As https://no-color.org has it. */
static bool wants_colour(const struct kt_run_options *o)
{
	const char *no = getenv("NO_COLOR");
	return isatty(fileno(o->out)) && !(no && *no);
}

static bool wants_passes(void)
{
	const char *value = getenv("KTSTR_LOG_PASSES");
	return value && *value;
}

static int open_report(struct kt_run_output *out, enum kt_report_format format, const char *path,
	struct kt_err *err)
{
	const struct kt_run_options *o = out->config.s->o;
	struct kt_report_options options = {
		.format = format,
		.path = path,
		.out = path ? NULL : o->out,
		.suite = strrchr(out->config.s->self, '/') + 1,
		.total = out->config.total,
		.verbose = o->verbose,
		.passes = wants_passes(),
		.colour = !path && wants_colour(o),
	};
	int r = kt_report_open(&options, &out->reports[out->report_count], err);
	out->report_count += r == 0;
	return r;
}

static bool is_on_github(void)
{
	const char *value = getenv("GITHUB_ACTIONS");
	return value && strcmp(value, "true") == 0;
}

/*
 * GitHub obeys commands in whatever a step prints, and a guest's text may hold some: while the
 * run lasts they are stopped until a word comes that no guest knows. On standard error where
 * standard output is a document of another format.
 */
static FILE *github_stream(const struct kt_run_output *out)
{
	const struct kt_run_options *o = out->config.s->o;
	return o->format == KT_REPORT_text ? o->out : o->log;
}

static void begin_github(struct kt_run_output *out)
{
	uint64_t word;
	if (!is_on_github() || getrandom(&word, sizeof(word), 0) != sizeof(word))
		return;
	snprintf(out->fence, sizeof(out->fence), "%016jx", (uintmax_t)word);
	fprintf(github_stream(out), "::stop-commands::%s\n", out->fence);
	fflush(github_stream(out));
}

/* When nothing of a guest is printed any more. */
static void end_github(struct kt_run_output *out)
{
	if (out->fence[0])
		fprintf(github_stream(out), "::%s::\n%s", out->fence,
			kt_str_get(&out->annotations));
}

int kt_run_output_open(
	const struct kt_run_output_config *config, struct kt_run_output **ret, struct kt_err *err)
{
	KT_AUTO(kt_run_output_free) struct kt_run_output *out = calloc(1, sizeof(*out));
	if (!out)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the reports");
	out->config = *config;
	pthread_mutex_init(&out->lock, NULL);
	int r = open_report(out, config->s->o->format, NULL, err);
	for (size_t i = 0; r == 0 && i < config->s->o->report_count; i++)
		r = open_report(
			out, config->s->o->reports[i].format, config->s->o->reports[i].path, err);
	if (r < 0)
		return r;
	begin_github(out);
	*ret = KT_TAKE(out);
	return 0;
}

static void remember(struct kt_run_output *out, int r, const struct kt_err *err)
{
	if (r == 0)
		return;
	if (!out->failed) {
		out->failed = r;
		out->why = *err;
	}
	kt_log(KT_LOG_WARN, "%s (%s)", err->text, err->fix);
}

void kt_run_output_fail(struct kt_run_output *out, const struct kt_err *err)
{
	pthread_mutex_lock(&out->lock);
	remember(out, -err->code, err);
	pthread_mutex_unlock(&out->lock);
}

/* A skip is no success: it is said where nobody filters it out of a report. */
static void say_skip(const struct kt_outcome *o, const struct kt_verdict *v)
{
	const struct kt_verdict_detail *why = kt_verdict_reason(v);
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};

	if (v->kind != KT_VERDICT_SKIP)
		return;
	kt_str_addf(&text, "SKIP: %s: %s", o->test->name, why ? why->text : "no reason was given");
	kt_text_clean(&text, 0);
	for (char *end = text.text; end && (end = strchr(end, '\n'));)
		*end = ' '; /* a guest's text must not begin a line of ours */
	kt_log(KT_LOG_INFO, "%s", kt_str_get(&text));
}

void kt_run_output_add(
	struct kt_run_output *out, const struct kt_outcome *o, const struct kt_verdict *v)
{
	struct kt_err err = {0};
	pthread_mutex_lock(&out->lock);
	kt_run_board_hold(out->config.board);
	for (size_t i = 0; i < out->report_count; i++)
		remember(out, kt_report_add(out->reports[i], o, v, &err), &err);
	remember(out, kt_results_add(out->config.s->results, o, v, &err), &err);
	say_skip(o, v);
	if (out->fence[0])
		kt_github_annotation(o, v, &out->annotations);
	/* An interrupted test has no verdict of its own to count: it is one that did not run. */
	if (o->end != KT_END_INTERRUPTED) {
		out->summary.tally.count[v->kind]++;
		out->done++;
	}
	out->summary.booted += kt_outcome_booted(o);
	kt_run_board_release(out->config.board);
	pthread_mutex_unlock(&out->lock);
}

int kt_run_output_end(
	struct kt_run_output *out, const char *why_not_run, int *ret_status, struct kt_err *err)
{
	struct kt_err mine = {0};
	out->summary.not_run = out->config.total - out->done;
	out->summary.why = out->summary.not_run ? why_not_run : NULL;
	for (size_t i = 0; i < out->report_count; i++)
		remember(out, kt_report_end(out->reports[i], &out->summary, &mine), &mine);
	if (out->config.s->o->format != KT_REPORT_text) {
		KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
		kt_report_summary_text(&out->summary, &text);
		fputs(kt_str_get(&text), out->config.s->o->log);
	}
	end_github(out);
	*ret_status = kt_verdict_exit_code(kt_verdict_tally_worst(&out->summary.tally));
	if (out->failed && err)
		*err = out->why;
	return out->failed;
}

void kt_run_output_free(struct kt_run_output *out)
{
	if (!out)
		return;
	for (size_t i = 0; i < out->report_count; i++)
		kt_report_free(out->reports[i]);
	kt_str_done(&out->annotations);
	pthread_mutex_destroy(&out->lock);
	free(out);
}
