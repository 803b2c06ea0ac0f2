// SPDX-License-Identifier: GPL-2.0-only
/* Tables of sub-verbs: which is run with what, and the status of what is wrong. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/subs.h"

struct seen {
	bool help, loud;
	char ran[32];
};

static struct seen seen;

static int set_help(void *args, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct seen *)args)->help = true;
	return 0;
}

static int set_loud(void *args, const char *value, struct kt_err *err)
{
	(void)value, (void)err;
	((struct seen *)args)->loud = true;
	return 0;
}

static int note(void *args, const char *name, const char *operand)
{
	struct seen *s = args;
	snprintf(s->ran, sizeof(s->ran), "%s %s", name, operand ? operand : "-");
	return 0;
}

static int run_list(void *args, const char *operand, struct kt_err *err)
{
	(void)err;
	return note(args, "list", operand);
}

static int run_show(void *args, const char *operand, struct kt_err *err)
{
	(void)err;
	return note(args, "show", operand);
}

static int run_path(void *args, const char *operand, struct kt_err *err)
{
	note(args, "path", operand);
	return kt_fail(err, ENOENT, "make it", "it is not there");
}

static const struct kt_cli_option options[] = {
	{"loud", 'l', NULL, "say more", set_loud}, {"help", 'h', NULL, "this text", set_help}};

static const struct kt_cli_sub items[] = {
	{"list", NULL, "all", options, KT_ARRAY_LEN(options), run_list},
	{"show", "[ONE]", "one", options, KT_ARRAY_LEN(options), run_show},
	{"path", "ONE", "where", options, KT_ARRAY_LEN(options), run_path}};

static const struct kt_cli_subs table = {"thing", items, KT_ARRAY_LEN(items)};

static int run(int argc, char **argv)
{
	seen = (struct seen){0};
	return kt_cli_subs_run(&table, &seen, &seen.help, argc, argv);
}

#define RUN(...)                                                                                   \
	run((int)KT_ARRAY_LEN(((char *[]){"thing", __VA_ARGS__})), (char *[]){"thing", __VA_ARGS__})

Test(subs, the_named_one_runs_with_its_options_and_operand)
{
	cr_assert_eq(RUN("show", "--loud", "x"), KT_CLI_OK);
	cr_assert_str_eq(seen.ran, "show x");
	cr_assert(seen.loud);
	cr_assert_eq(RUN("list"), KT_CLI_OK);
	cr_assert_str_eq(seen.ran, "list -");
}

Test(subs, brackets_make_an_operand_optional)
{
	cr_assert_eq(RUN("show"), KT_CLI_OK);
	cr_assert_str_eq(seen.ran, "show -");
	cr_assert_eq(RUN("path"), KT_CLI_USAGE);
	cr_assert_str_eq(seen.ran, "");
	cr_assert_eq(RUN("list", "x"), KT_CLI_USAGE);
	cr_assert_eq(RUN("show", "x", "y"), KT_CLI_USAGE);
}

Test(subs, a_failure_is_one_of_the_harness)
{
	cr_assert_eq(RUN("path", "x"), KT_CLI_HARNESS);
	cr_assert_str_eq(seen.ran, "path x");
}

Test(subs, help_runs_nothing_and_needs_no_operand)
{
	cr_assert_eq(RUN("path", "--help"), KT_CLI_OK);
	cr_assert_eq(RUN("--help"), KT_CLI_OK);
	cr_assert_str_eq(seen.ran, "");
}

Test(subs, without_a_name_or_with_a_wrong_one_it_is_wrong_usage)
{
	cr_assert_eq(run(1, (char *[]){"thing"}), KT_CLI_USAGE);
	cr_assert_eq(RUN("lst"), KT_CLI_USAGE);
	cr_assert_eq(RUN("list", "--lood"), KT_CLI_USAGE);
	cr_assert_str_eq(seen.ran, "");
}
