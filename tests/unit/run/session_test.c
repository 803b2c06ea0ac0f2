// SPDX-License-Identifier: GPL-2.0-only
/* Which tests a run selects, and what is said when there are none. */
#include <criterion/criterion.h>

#include <string.h>

#include "base/mem.h"
#include "run/session.h"

#define NODE(var, name_, line_)                                                                    \
	static const struct ktstr_test var##_test = {                                              \
		.name = name_, .file = "a.c", .line = line_, .description = "says"};               \
	static struct ktstr_node var = {&var##_test, NULL}

NODE(first, "first", 1);
NODE(second, "second/wide", 2);

static struct kt_run_session session;
static struct kt_err err;

static void init(void)
{
	ktstr_link(&first);
	ktstr_link(&second);
}

static void done(void)
{
	kt_run_session_done(&session);
}

TestSuite(session, .init = init, .fini = done);

/* A pattern that begins with '=' is an exact name. */
static bool allow_empty;

static int select_by(size_t count, const char *const *globs)
{
	static struct kt_run_options options;
	static struct kt_registry_pattern patterns[4];
	for (size_t i = 0; i < count; i++)
		patterns[i] = (struct kt_registry_pattern){
			.text = globs[i] + (globs[i][0] == '='), .exact = globs[i][0] == '='};
	options = (struct kt_run_options){
		.patterns = patterns, .pattern_count = count, .allow_empty = allow_empty};
	session.o = &options;
	return kt_run_session_select(&session, &err);
}

#define SELECT(...)                                                                                \
	select_by(KT_ARRAY_LEN(((const char *[]){__VA_ARGS__})), (const char *[]){__VA_ARGS__})

Test(session, without_filters_all_tests_are_selected)
{
	cr_assert_eq(select_by(0, NULL), 0);
	cr_assert_eq(session.tests.count, 2);
}

Test(session, a_glob_selects)
{
	cr_assert_eq(SELECT("second*"), 0);
	cr_assert_eq(session.tests.count, 1);
	cr_assert_str_eq(session.tests.tests[0]->name, "second/wide");
}

Test(session, an_empty_selection_is_an_error_with_the_nearest_name)
{
	cr_assert_eq(SELECT("!second*", "frist"), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'frist'"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "did you mean 'first'"), "%s", err.fix);
}

Test(session, what_excludes_everything_is_no_misspelling)
{
	cr_assert_eq(SELECT("!first", "!second*"), -ENOENT);
	cr_assert_not_null(strstr(err.text, "leaves none of 2 tests"), "%s", err.text);
	cr_assert_null(strstr(err.fix, "did you mean"), "%s", err.fix);
}

Test(session, what_takes_away_the_selected_is_named)
{
	cr_assert_eq(SELECT("first", "!fir*"), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'!fir*' leaves none"), "%s", err.text);
	kt_registry_done(&session.tests);
	cr_assert_eq(SELECT("=first", "!f*"), -ENOENT);
	cr_assert_not_null(strstr(err.text, "'!f*' leaves none"), "%s", err.text);
}

Test(session, an_exact_name_selects_one_test)
{
	cr_assert_eq(SELECT("=second/wide"), 0);
	cr_assert_eq(session.tests.count, 1);
}

Test(session, every_exact_name_must_be_there)
{
	cr_assert_eq(SELECT("=first", "=secnd/wide"), -ENOENT);
	cr_assert_not_null(strstr(err.text, "--exact 'secnd/wide'"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "did you mean 'second/wide'"), "%s", err.fix);
}

Test(session, an_empty_selection_may_be_allowed)
{
	allow_empty = true;
	cr_assert_eq(SELECT("nothing*"), 0);
	cr_assert_eq(session.tests.count, 0);
}

Test(session, allowing_nothing_does_not_allow_a_misspelt_exact_name)
{
	allow_empty = true;
	cr_assert_eq(SELECT("=frist"), -ENOENT);
}

static int reports_of(const char *one, const char *two)
{
	static struct kt_run_report reports[2];
	static struct kt_run_options options;
	reports[0] = (struct kt_run_report){KT_REPORT_ktap, one};
	reports[1] = (struct kt_run_report){KT_REPORT_junit, two};
	options = (struct kt_run_options){.reports = reports, .report_count = 2};
	session.o = &options;
	return kt_run_session_reports(&session, &err);
}

Test(session, two_reports_cannot_share_a_file)
{
	cr_assert_eq(reports_of("a", "b"), 0, "%s", err.text);
	cr_assert_eq(reports_of("same", "same"), -EINVAL);
	cr_assert_not_null(strstr(err.text, "'same'"), "%s", err.text);
	cr_assert_eq(reports_of("/etc/passwd", "/etc/../etc/passwd"), -EINVAL);
}

Test(session, a_device_takes_what_comes)
{
	cr_assert_eq(reports_of("/dev/null", "/dev/./null"), 0, "%s", err.text);
}
