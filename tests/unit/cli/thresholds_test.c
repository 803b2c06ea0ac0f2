// SPDX-License-Identifier: GPL-2.0-only
/* --show-thresholds, of tests this program registers. */
#include <ktstr/ktstr.h>

#include <criterion/criterion.h>
#include <string.h>

#include "base/json_read.h"
#include "cli/thresholds.h"

static const struct ktstr_checks promised = CHECKS(.max_gap_ms = 800, .isolation = true);

KTSTR_TEST_BODY(layered, "three layers", .scheduler_checks = &promised,
	.checks = CHECKS(.not_starved = true, .isolation = LIMIT_OFF, .max_migrations = LIMIT_ZERO))
{
	(void)ctx;
}

KTSTR_TEST_BODY(plain, "no check")
{
	(void)ctx;
}

KTSTR_TEST_BODY(impossible, "a limit that is none", .checks = CHECKS(.max_gap_ms = -1))
{
	(void)ctx;
}

static char *text;
static size_t bytes;
static struct kt_err err;

static int show(const char *name, enum kt_report_format format)
{
	free(text);
	text = NULL;
	FILE *out = open_memstream(&text, &bytes);
	int r = kt_cli_thresholds(name, format, out, &err);
	fclose(out);
	return r;
}

static void done(void)
{
	free(text);
}

TestSuite(thresholds, .fini = done);

Test(thresholds, each_limit_is_shown_with_its_layer)
{
	cr_assert_eq(show("layered", KT_REPORT_text), 0, "%s", err.text);
	cr_assert_not_null(strstr(text, "layered: three layers\n"));
	cr_assert_not_null(
		strstr(text, "not_starved                    on                   test"));
	cr_assert_not_null(
		strstr(text, "isolation                      off                  test"));
	cr_assert_not_null(
		strstr(text, "max_gap_ms                     800 ms               scheduler"));
	cr_assert_not_null(strstr(text, "max_spread_pct                 15 %                 "
					"default (35 on a kernel full of checks)"));
	cr_assert_not_null(
		strstr(text, "max_migrations                 0 migrations         test"));
	cr_assert_not_null(strstr(text, "not judged: min_iteration_rate, "));
}

Test(thresholds, a_test_without_checks_says_so)
{
	cr_assert_eq(show("plain", KT_REPORT_text), 0);
	cr_assert_not_null(strstr(text, "no check is set: it passes when"));
}

Test(thresholds, as_json_every_check_is_there)
{
	KT_AUTO(kt_json_free) struct kt_json *j = NULL;
	cr_assert_eq(show("layered", KT_REPORT_json), 0);
	cr_assert_eq(kt_json_parse(text, bytes, &j, &err), 0, "%s", err.text);
	const struct kt_json *checks = kt_json_get(j, "checks");
	const struct kt_json *gap = kt_json_at(checks, 2), *rate = kt_json_at(checks, 4);
	cr_assert_str_eq(kt_json_get_str(kt_json_get(gap, "name"), ""), "max_gap_ms");
	cr_assert_str_eq(kt_json_get_str(kt_json_get(gap, "layer"), ""), "scheduler");
	cr_assert_eq(kt_json_get_f64(kt_json_get(gap, "limit"), 0), 800);
	cr_assert_str_eq(kt_json_get_str(kt_json_get(rate, "layer"), ""), "unset");
	cr_assert_not(kt_json_get_bool(kt_json_get(rate, "on"), true));
	cr_assert_eq(kt_json_kind(kt_json_get(rate, "limit")), KT_JSON_NULL);
}

Test(thresholds, a_name_that_is_nearly_one_is_answered_with_it)
{
	cr_assert_eq(show("layerd", KT_REPORT_text), -ENOENT);
	cr_assert_not_null(strstr(err.text, "no test is called 'layerd'"));
	cr_assert_not_null(strstr(err.fix, "did you mean 'layered'?"));
	cr_assert_eq(show("zzzzzz", KT_REPORT_text), -ENOENT);
	cr_assert_null(strstr(err.fix, "did you mean"));
}

Test(thresholds, a_limit_the_plan_refuses_is_refused_here_too)
{
	cr_assert_eq(show("impossible", KT_REPORT_text), -EINVAL);
	cr_assert_not_null(strstr(err.text, "max_gap_ms"));
}

Test(thresholds, other_forms_are_refused)
{
	cr_assert_eq(show("plain", KT_REPORT_ktap), -EINVAL);
	cr_assert_not_null(strstr(err.fix, "text or json"));
}
