// SPDX-License-Identifier: GPL-2.0-only
/* The option parser on tables of its own. */
#include <criterion/criterion.h>

#include <string.h>

#include "base/mem.h"
#include "cli/args.h"

struct got {
	int flags;
	const char *value;
};

static int set_flag(void *target, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct got *)target)->flags++;
	return 0;
}

static int set_value(void *target, const char *value, struct kt_err *err)
{
	if (strcmp(value, "bad") == 0)
		return kt_fail(err, EINVAL, "give a good one", "--output: bad");
	((struct got *)target)->value = value;
	return 0;
}

static const struct kt_cli_option options[] = {
	{"verbose", 'v', NULL, "say more", set_flag},
	{"output", 'o', "DIR", "where to", set_value},
};

static struct got got;
static struct kt_err err;
static int rest;

static int parse(int argc, char **argv)
{
	return kt_cli_parse(options, KT_ARRAY_LEN(options), &got, argc, argv, &rest, &err);
}

#define PARSE(...)                                                                                 \
	parse((int)KT_ARRAY_LEN(((char *[]){"prog", __VA_ARGS__})), (char *[]){"prog", __VA_ARGS__})

Test(args, values_come_in_four_spellings)
{
	cr_assert_eq(PARSE("--output", "a"), 0);
	cr_assert_str_eq(got.value, "a");
	cr_assert_eq(PARSE("--output=b"), 0);
	cr_assert_str_eq(got.value, "b");
	cr_assert_eq(PARSE("-o", "c"), 0);
	cr_assert_str_eq(got.value, "c");
	cr_assert_eq(PARSE("-od"), 0);
	cr_assert_str_eq(got.value, "d");
}

Test(args, parsing_stops_at_the_first_operand)
{
	cr_assert_eq(PARSE("-v", "operand", "-v"), 0);
	cr_assert_eq(rest, 2);
	cr_assert_eq(got.flags, 1);
}

Test(args, two_dashes_end_the_options)
{
	cr_assert_eq(PARSE("-v", "--", "-v"), 0);
	cr_assert_eq(rest, 3);
	cr_assert_eq(got.flags, 1);
}

Test(args, without_operands_rest_is_argc)
{
	cr_assert_eq(PARSE("-v"), 0);
	cr_assert_eq(rest, 2);
}

Test(args, a_misspelt_option_is_answered_with_the_nearest)
{
	cr_assert_eq(PARSE("--verbos"), -EINVAL);
	cr_assert_str_eq(err.text, "unknown option '--verbos'");
	cr_assert_not_null(strstr(err.fix, "--verbose"));
	cr_assert_eq(PARSE("--ouput=a/b=c"), -EINVAL);
	cr_assert_str_eq(err.text, "unknown option '--ouput=a/b=c'");
	cr_assert_not_null(strstr(err.fix, "did you mean --output"), "%s", err.fix);
}

Test(args, a_missing_value_says_what_it_would_be)
{
	cr_assert_eq(PARSE("--output"), -EINVAL);
	cr_assert_str_eq(err.fix, "write --output DIR");
}

Test(args, a_flag_takes_no_value)
{
	cr_assert_eq(PARSE("--verbose=yes"), -EINVAL);
	cr_assert_eq(got.flags, 0);
}

Test(args, the_setters_refusal_is_passed_on)
{
	cr_assert_eq(PARSE("--output", "bad"), -EINVAL);
	cr_assert_str_eq(err.text, "--output: bad");
}

Test(args, an_empty_value_is_a_value)
{
	cr_assert_eq(PARSE("--output="), 0);
	cr_assert_str_eq(got.value, "");
}

/* Give standard output another target; in a process of its own, as every test here. */
static int finish_on(const char *path, const char *text)
{
	FILE *out = freopen(path, "w", stdout);
	cr_assert_not_null(out);
	FILE *quiet = freopen("/dev/null", "w", stderr);
	cr_assert_not_null(quiet);
	fputs(text, stdout);
	return kt_cli_finish_output(KT_CLI_OK);
}

Test(args, output_that_was_written_keeps_the_status)
{
	cr_assert_eq(finish_on("/dev/null", "text"), KT_CLI_OK);
}

Test(args, output_that_was_lost_is_an_error)
{
	cr_assert_eq(finish_on("/dev/full", "text"), KT_CLI_HARNESS);
}
