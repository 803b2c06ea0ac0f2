// SPDX-License-Identifier: GPL-2.0-only
/* What comes out of a run: several reports at once, results, annotations, and the status. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/output.h"
#include "unit/report/sample.h"

static char *dir, *said;
static size_t said_bytes;
static struct ktstr_test test;
static struct kt_run_report report = {.format = KT_REPORT_ktap};
static struct kt_run_options options = {.reports = &report};
static struct kt_run_session session = {.o = &options};
static struct kt_run_board *board;
static struct kt_run_output *output;
static struct kt_err err;

static void init(void)
{
	static const struct kt_results_config config = {.program = "prog", .total = 2};
	unsetenv("GITHUB_ACTIONS");
	test = sample_plain;
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-output-", &dir, NULL), 0);
	options.out = options.log = open_memstream(&said, &said_bytes);
	session.self = kt_strf("%s/prog", dir);
	cr_assert_eq(kt_results_begin(dir, &config, &session.results, &err), 0, "%s", err.text);
	cr_assert_eq(kt_run_board_new(NULL, 2, 1, &board, NULL), 0);
}

static void done(void)
{
	kt_run_output_free(output);
	kt_run_board_free(board);
	kt_results_free(session.results);
	if (options.out)
		fclose(options.out);
	free(said);
	free(session.self);
	kt_fs_remove_tree(dir, NULL);
	free(dir);
}

TestSuite(output, .init = init, .fini = done);

static int open_output(void)
{
	struct kt_run_output_config config = {.s = &session, .total = 2, .board = board};
	return kt_run_output_open(&config, &output, &err);
}

static void add(bool fails)
{
	static struct kt_outcome o;
	struct kt_verdict v = {0};
	sample_init(&o, &test);
	if (fails)
		kt_outcome_add_detail(&o, 1, true, "test", "it broke\n::warning::forged");
	kt_verdict_judge(&o, &v);
	kt_run_output_add(output, &o, &v);
	kt_verdict_done(&v);
	kt_outcome_done(&o);
}

static int end(const char *why, int *status)
{
	int r = kt_run_output_end(output, why, status, &err);
	fclose(options.out);
	options.out = NULL;
	return r;
}

static bool holds(const char *name, const char *words)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, name);
	return kt_fs_read(path, 1 << 20, &text, NULL) == 0 && strstr(kt_str_get(&text), words);
}

Test(output, every_report_and_the_results_have_every_test)
{
	int status = -1;
	KT_AUTOFREE char *path = kt_strf("%s/out.ktap", dir);
	report.path = path;
	options.report_count = 1;
	cr_assert_eq(open_output(), 0, "%s", err.text);
	add(false);
	add(true);
	cr_assert_eq(end(NULL, &status), 0, "%s", err.text);
	cr_assert_eq(status, 1);
	cr_assert(holds("out.ktap", "\nnot ok 2 first"));
	cr_assert(holds("latest/first.json", "it broke"));
	cr_assert_not_null(strstr(said, "1 passed, 1 failed"), "%s", said);
}

Test(output, a_report_that_cannot_be_opened_is_an_error_at_once)
{
	report.path = "/nonexistent/out";
	options.report_count = 1;
	cr_assert_eq(open_output(), -ENOENT);
	cr_assert_not_null(strstr(err.text, "/nonexistent/out"), "%s", err.text);
}

Test(output, a_report_that_is_lost_takes_neither_the_others_nor_the_results_along)
{
	int status = -1;
	report = (struct kt_run_report){KT_REPORT_junit, "/dev/full"}; /* written at the end */
	options.report_count = 1;
	cr_assert_eq(open_output(), 0, "%s", err.text);
	add(false);
	cr_assert_eq(end(NULL, &status), -ENOSPC);
	cr_assert_not_null(strstr(err.text, "/dev/full"), "%s", err.text);
	cr_assert(holds("latest/first.json", "PASS"));
	cr_assert_not_null(strstr(said, "1 passed"), "%s", said);
}

Test(output, what_was_not_run_is_said_with_its_reason)
{
	int status = -1;
	cr_assert_eq(open_output(), 0);
	add(false);
	cr_assert_eq(end("--fail-fast", &status), 0);
	cr_assert_not_null(strstr(said, "not run: 1 of 2 tests, --fail-fast"), "%s", said);
}

Test(output, a_failure_beside_the_verdicts_is_the_runs)
{
	int status = -1;
	struct kt_err why = {0};
	cr_assert_eq(open_output(), 0);
	add(false);
	kt_fail(&why, ENOMEM, "free some", "no memory to run x");
	kt_run_output_fail(output, &why);
	cr_assert_eq(end(NULL, &status), -ENOMEM);
	cr_assert_str_eq(err.text, "no memory to run x");
}

/* GitHub obeys lines that begin with "::" in all that a step prints. */
Test(output, github_hears_annotations_and_nothing_of_a_guest)
{
	int status;
	setenv("GITHUB_ACTIONS", "true", 1);
	cr_assert_eq(open_output(), 0);
	add(true);
	cr_assert_eq(end(NULL, &status), 0);
	cr_assert_eq(strncmp(said, "::stop-commands::", 17), 0, "%s", said);
	char *word = strndup(said + 17, strcspn(said + 17, "\n"));
	KT_AUTOFREE char *fence = kt_strf("\n::%s::\n", word);
	const char *resumed = strstr(said, fence);
	cr_assert_not_null(resumed, "%s", said);
	cr_assert_lt(strstr(said, "::warning::forged"), resumed);
	cr_assert_not_null(
		strstr(resumed, "\n::error file=samples/01_first.c,line=7"), "%s", resumed);
	cr_assert_null(strstr(resumed + strlen(fence), "\n::warning"));
	free(word);
}

static struct kt_str logged;

static void take_log(void *arg, enum kt_log_level level, const char *text)
{
	(void)arg, (void)level;
	kt_str_addf(&logged, "%s\n", text);
}

Test(output, a_skip_is_said_beside_all_reports_on_one_line)
{
	struct kt_outcome o;
	struct kt_verdict v = {0};
	const struct kt_verdict_detail head = {.kind = KT_VERDICT_SKIP, .name = "skip"};

	kt_log_set(take_log, NULL, KT_LOG_INFO);
	sample_init(&o, &test);
	cr_assert_eq(open_output(), 0, "%s", err.text);
	kt_verdict_add(&v, &head, "", "no unicorn\nktstr: all is well\x1b[2J");
	kt_run_output_add(output, &o, &v);
	cr_assert_str_eq(kt_str_get(&logged), "SKIP: first: no unicorn ktstr: all is well?[2J\n");
	kt_verdict_done(&v);
	kt_outcome_done(&o);
	kt_str_done(&logged);
	kt_log_set(NULL, NULL, KT_LOG_WARN);
}
