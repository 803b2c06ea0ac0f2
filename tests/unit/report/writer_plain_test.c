// SPDX-License-Identifier: GPL-2.0-only
/* Text and JSON: a test after the other, and what stands at the end. */
#include "base/json_read.h"
#include "unit/report/reports.h"

TestSuite(writer_plain, .fini = reports_done);

Test(writer_plain, text_ends_with_counts_and_kernels)
{
	struct kt_report *r = reports_open(KT_REPORT_text, 2, false);
	struct kt_report_summary summary = {
		.tally.count[KT_VERDICT_PASS] = 1, .tally.count[KT_VERDICT_ERROR] = 1, .booted = 1};
	reports_add(r, "good", KT_VERDICT_PASS, "", NULL);
	reports_add(r, "odd", KT_VERDICT_ERROR, "no memory", NULL);
	const char *text = reports_end(r, &summary);
	cr_assert(kt_starts_with(text, "PASS good (1n2l2c1t, 3.0 s) two cgroups"), "%s", text);
	cr_assert_not_null(strstr(text, "\nERROR odd (1n2l2c1t, 3.0 s)"), "%s", text);
	cr_assert_not_null(strstr(text, "  rule: no memory\n    remedy: the remedy\n"), "%s", text);
	cr_assert(kt_ends_with(text, "\n1 passed, 0 failed, 0 skipped, 0 inconclusive, "
				     "1 could not run\nkernels booted: 1\n"),
		"%s", text);
}

Test(writer_plain, text_says_what_was_not_run_and_why)
{
	struct kt_report *r = reports_open(KT_REPORT_text, 5, false);
	struct kt_report_summary summary = {
		.tally.count[KT_VERDICT_PASS] = 2, .not_run = 3, .why = "interrupted"};
	const char *text = reports_end(r, &summary);
	cr_assert(kt_ends_with(text, "not run: 3 of 5 tests, interrupted\n"), "%s", text);
}

static void second_repeat(struct kt_outcome *o)
{
	o->repeat = 2;
	o->repeats = 3;
}

Test(writer_plain, a_repeat_says_which)
{
	struct kt_report *r = reports_open(KT_REPORT_text, 3, false);
	reports_add(r, "good", KT_VERDICT_PASS, "", second_repeat);
	const char *text = reports_end(r, &(struct kt_report_summary){0});
	cr_assert(kt_starts_with(text, "PASS good (repeat 2 of 3) (1n2l2c1t"), "%s", text);
}

Test(writer_plain, json_is_one_object_per_test)
{
	struct kt_report *r = reports_open(KT_REPORT_json, 2, false);
	reports_add(r, "one", KT_VERDICT_PASS, "", NULL);
	reports_add(r, "two", KT_VERDICT_FAIL, "why", NULL);
	const char *text = reports_end(r, &(struct kt_report_summary){.booted = 2});
	const char *second = strstr(text, "\n}\n{\n");
	cr_assert_not_null(second);
	KT_AUTO(kt_json_free) struct kt_json *one = NULL;
	KT_AUTO(kt_json_free) struct kt_json *two = NULL;
	size_t first_bytes = (size_t)(second - text) + 3;
	cr_assert_eq(kt_json_parse(text, first_bytes, &one, NULL), 0);
	cr_assert_eq(kt_json_parse(text + first_bytes, strlen(text) - first_bytes, &two, NULL), 0);
	cr_assert_str_eq(kt_json_get_str(kt_json_get(one, "verdict"), ""), "PASS");
	cr_assert_str_eq(kt_json_get_str(kt_json_get(two, "verdict"), ""), "FAIL");
}
