// SPDX-License-Identifier: GPL-2.0-only
/* KTAP as the kernel's documentation has it: version, plan, results, diagnostics. */
#include <regex.h>

#include "unit/report/reports.h"

TestSuite(writer_ktap, .fini = reports_done);

/* Every line is of one of the kinds of the format; *RET_RESULTS are those with a result. */
static void assert_ktap(const char *text, unsigned *ret_results)
{
	regex_t result, other;
	unsigned number = 0, line_number = 0;
	KT_AUTOFREE char *copy = strdup(text);
	char *rest = copy;
	cr_assert_eq(regcomp(&result, "^(ok|not ok) [0-9]+ [^#]+( # .*)?$", REG_EXTENDED), 0);
	cr_assert_eq(
		regcomp(&other, "^(KTAP version 1|1\\.\\.[0-9]+|# .*|Bail out! .*)$", REG_EXTENDED),
		0);
	for (char *line; (line = strsep(&rest, "\n")) && rest; line_number++) {
		if (regexec(&result, line, 0, NULL, 0) == 0) {
			const char *digits = line + (kt_starts_with(line, "ok") ? 3 : 7);
			cr_assert_eq((unsigned)atoi(digits), ++number, "%s", line);
			continue;
		}
		cr_assert_eq(regexec(&other, line, 0, NULL, 0), 0, "not KTAP: %s", line);
		cr_assert_eq(kt_starts_with(line, "KTAP"), line_number == 0);
		cr_assert_eq(kt_starts_with(line, "1.."), line_number == 1);
	}
	regfree(&result);
	regfree(&other);
	*ret_results = number;
}

Test(writer_ktap, every_verdict_has_its_result_line)
{
	unsigned results;
	struct kt_report *r = reports_open(KT_REPORT_ktap, 5, false);
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	reports_add(r, "bad", KT_VERDICT_FAIL, "gap of 12 ms", NULL);
	reports_add(r, "left_out", KT_VERDICT_SKIP, "no sched_ext", NULL);
	reports_add(r, "unclear", KT_VERDICT_INCONCLUSIVE, "the host was busy", NULL);
	reports_add(r, "broken", KT_VERDICT_ERROR, "no memory", NULL);
	const char *text = reports_end(r, &(struct kt_report_summary){.booted = 5});
	assert_ktap(text, &results);
	cr_assert_eq(results, 5);
	cr_assert(kt_starts_with(text, "KTAP version 1\n1..5\nok 1 good\n"), "%s", text);
	cr_assert_not_null(strstr(text, "\nnot ok 2 bad\n"), "%s", text);
	cr_assert_not_null(strstr(text, "\nok 3 left_out # SKIP no sched_ext\n"), "%s", text);
	cr_assert_not_null(
		strstr(text, "\nnot ok 4 unclear # inconclusive: the host was busy\n"), "%s", text);
	cr_assert_not_null(strstr(text, "\nnot ok 5 broken # ERROR no memory\n"), "%s", text);
	cr_assert(kt_ends_with(text, "\n# kernels booted: 5\n"), "%s", text);
}

Test(writer_ktap, what_is_known_of_a_failure_stands_before_its_line)
{
	struct kt_report *r = reports_open(KT_REPORT_ktap, 2, false);
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	reports_add(r, "bad", KT_VERDICT_INCONCLUSIVE, "one\ntwo # three", NULL);
	const char *text = reports_end(r, &(struct kt_report_summary){0});
	const char *said = strstr(text, "ok 1 good\n# INCONCLUSIVE bad (1n2l2c1t");
	cr_assert_not_null(said, "%s", text);
	cr_assert_not_null(strstr(said, "\n#   rule: one\n#     two # three\n"
					"#     remedy: the remedy\n"),
		"%s", text);
	cr_assert_not_null(strstr(said, "\nnot ok 2 bad # inconclusive: one\n"), "%s", text);
}

Test(writer_ktap, a_pass_is_described_only_when_asked)
{
	struct kt_report *r = reports_open(KT_REPORT_ktap, 1, true);
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	const char *text = reports_end(r, &(struct kt_report_summary){0});
	cr_assert_not_null(strstr(text, "\n# PASS good (1n2l2c1t"), "%s", text);
}

static void by_deadline(struct kt_outcome *o)
{
	o->end = KT_END_DEADLINE;
	kt_outcome_add_console(o, "last words\033[2J\n", 15);
}

Test(writer_ktap, a_failure_by_a_deadline_is_a_timeout)
{
	unsigned results;
	struct kt_report *r = reports_open(KT_REPORT_ktap, 1, false);
	reports_add(r, "slow", KT_VERDICT_FAIL, "hung in boot", by_deadline);
	const char *text = reports_end(r, &(struct kt_report_summary){0});
	assert_ktap(text, &results);
	cr_assert_not_null(strstr(text, "\nnot ok 1 slow # TIMEOUT hung in boot\n"), "%s", text);
	cr_assert_not_null(strstr(text, "\n#   | last words?[2J\n"), "%s", text);
}

static void second_repeat(struct kt_outcome *o)
{
	o->repeat = 2;
	o->repeats = 3;
}

Test(writer_ktap, names_hold_nothing_that_has_a_meaning)
{
	unsigned results;
	struct kt_report *r = reports_open(KT_REPORT_ktap, 2, false);
	reports_add(r, "a#b\nnot ok 7 x%", KT_VERDICT_PASS, "", NULL);
	reports_add(r, "again", KT_VERDICT_PASS, "", second_repeat);
	const char *text = reports_end(r, &(struct kt_report_summary){0});
	assert_ktap(text, &results);
	cr_assert_eq(results, 2);
	cr_assert_not_null(strstr(text, "\nok 1 a%23b%0Anot ok 7 x%25\n"), "%s", text);
	cr_assert_not_null(strstr(text, "\nok 2 again (repeat 2 of 3)\n"), "%s", text);
}

Test(writer_ktap, a_long_or_wild_reason_stays_on_its_line)
{
	unsigned results;
	char reason[3000];
	struct kt_report *r = reports_open(KT_REPORT_ktap, 1, false);
	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	reason[10] = '\r';
	reason[11] = '\033';
	reports_add(r, "wild", KT_VERDICT_SKIP, reason, NULL);
	const char *text = reports_end(r, &(struct kt_report_summary){0});
	assert_ktap(text, &results);
	cr_assert_not_null(strstr(text, "# SKIP xxxxxxxxxx  xxx"));
	cr_assert_not_null(strstr(text, "xxx ...\n"));
	cr_assert_lt(strlen(text), 600);
}

static void interrupted(struct kt_outcome *o)
{
	o->end = KT_END_INTERRUPTED;
}

Test(writer_ktap, a_run_that_ended_early_keeps_its_plan_and_bails_out)
{
	unsigned results;
	struct kt_report *r = reports_open(KT_REPORT_ktap, 3, false);
	struct kt_report_summary summary = {
		.tally.count[KT_VERDICT_PASS] = 1, .not_run = 2, .why = "interrupted"};
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	reports_add(r, "cut_short", KT_VERDICT_ERROR, "interrupted during scenario", interrupted);
	const char *text = reports_end(r, &summary);
	assert_ktap(text, &results);
	cr_assert_eq(results, 1, "a test that was interrupted has no result");
	cr_assert(kt_starts_with(text, "KTAP version 1\n1..3\n"), "%s", text);
	cr_assert(kt_ends_with(text, "\nBail out! 2 of 3 tests were not run: interrupted\n"), "%s",
		text);
}
