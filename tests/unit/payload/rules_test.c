// SPDX-License-Identifier: GPL-2.0-only
/* What is refused of a description, with the remedy. */
#include "payload/rules.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include <macros/payload.h>
#include <macros/short.h>

static void refuse(const struct ktstr_payload *p, const char *text, const char *fix)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_payload_check(p, &err), -EINVAL, "accepted, not '%s'", text);
	cr_assert_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

#define REFUSE(text, fix, ...)                                                                     \
	refuse(&(const struct ktstr_payload){.program = "prog", __VA_ARGS__}, text, fix)

static void accept(const struct ktstr_payload *p)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_payload_check(p, &err), 0, "%s", err.text);
}

#define ACCEPT(...) accept(&(const struct ktstr_payload){.program = "prog", __VA_ARGS__})

static const char *name_of(const char *name, const char *program)
{
	const struct ktstr_payload p = {.name = name, .program = program};
	return kt_payload_name(&p);
}

Test(payload_rules, the_name_is_that_of_the_program_unless_given)
{
	cr_assert_str_eq(name_of(NULL, "hackbench"), "hackbench");
	cr_assert_str_eq(name_of(NULL, "/usr/bin/stress-ng"), "stress-ng");
	cr_assert_str_eq(name_of("load", "/usr/bin/stress-ng"), "load");
}

Test(payload_rules, a_whole_description_is_accepted)
{
	ACCEPT(.name = "n", .args = ARGS("-a", ""), .output = KTSTR_OUTPUT_JSON,
		.checks = EXPECT(EXIT_CODE(3), METRIC_MIN("a", 1), METRIC_MAX("a", 2),
			METRIC_RANGE("b", 1, 1), METRIC_EXISTS("c")),
		.hints = HINTS(HIGHER("a", "1/s"), LOWER("b", NULL), TARGET("c", 0, "")),
		.includes = INCLUDES("data"), .known_flags = FLAGS("x", "y-z"), .timeout_ms = 1000);
}

Test(payload_rules, it_needs_a_program)
{
	refuse(&(const struct ktstr_payload){.name = "n"}, "payload 'n' has no program",
		".program");
	refuse(&(const struct ktstr_payload){.program = ""}, "has no program", ".program");
	refuse(&(const struct ktstr_payload){.program = "a\tb"}, "a tab", "rename");
}

Test(payload_rules, names_are_one_word)
{
	REFUSE("payload name 'a b' has a byte", "one word", .name = "a b");
	REFUSE("has a byte", "one word", .name = "a/b");
	REFUSE("has a byte", "one word", .name = "a\nb");
	REFUSE("is empty", "one word", .name = "");
	REFUSE("is longer than 63 bytes", "63 bytes",
		.name = "0123456789012345678901234567890123456789012345678901234567890123");
	refuse(&(const struct ktstr_payload){.program = "/bin/"}, "is empty", ".name");
}

Test(payload_rules, kinds_and_outputs_are_known)
{
	REFUSE("'prog' is a scheduler", "starts no schedulers", .kind = KTSTR_PAYLOAD_SCHEDULER);
	REFUSE("9 is no kind", "KTSTR_PAYLOAD_BINARY", .kind = (enum ktstr_payload_kind)9);
	REFUSE("9 is no way to read", "KTSTR_OUTPUT_JSON", .output = (enum ktstr_output)9);
}

Test(payload_rules, hints_and_checks_of_metrics_need_metrics)
{
	REFUSE("nothing that it prints is read", "KTSTR_OUTPUT_JSON",
		.hints = HINTS(LOWER("a", "s")));
	REFUSE("the check of metric 'a' cannot be met", "KTSTR_OUTPUT_JSON",
		.checks = EXPECT(METRIC_EXISTS("a")));
	ACCEPT(.checks = EXPECT(EXIT_CODE(1)));
}

#define JSON .output = KTSTR_OUTPUT_JSON

Test(payload_rules, a_metric_has_one_hint)
{
	REFUSE("two hints, 0 and 2, are about metric 'a'", "keep one", JSON,
		.hints = HINTS(LOWER("a", "s"), LOWER("b", "s"), HIGHER("a", "s")));
	REFUSE("hint 0 has an empty name", "by its path", JSON, .hints = HINTS(LOWER("", "s")));
	REFUSE("the target inf is no number", "finite", JSON,
		.hints = HINTS(TARGET("a", INFINITY, "")));
	REFUSE("hint 'a': 9 is no polarity", "KTSTR_HIGHER", JSON,
		.hints = HINTS({.name = "a", .polarity = (enum ktstr_polarity)9}));
}

Test(payload_rules, checks_can_be_met)
{
	REFUSE("can never be met: 2 is above 1", "swap", JSON,
		.checks = EXPECT(METRIC_RANGE("a", 2, 1)));
	REFUSE("a bound that is no number", "finite", JSON, .checks = EXPECT(METRIC_MIN("a", NAN)));
	REFUSE("a check names no metric", "by its path", JSON,
		.checks = EXPECT(METRIC_MAX(NULL, 1)));
	REFUSE("two checks of the exit code", "keep one",
		.checks = EXPECT(EXIT_CODE(0), EXIT_CODE(1)));
	REFUSE("300 is no exit code", "0 to 255",
		.checks = EXPECT({.kind = KTSTR_PAYLOAD_CHECK_EXIT_CODE, .exit_code = 300}));
	REFUSE("77 is no kind of check", "KTSTR_METRIC_MIN",
		.checks = EXPECT({.kind = (enum ktstr_payload_check_kind)77}));
}

Test(payload_rules, timeouts_and_lists_are_bounded)
{
	static const char *endless[2000];
	for (size_t i = 0; i < 2000; i++)
		endless[i] = "x";
	REFUSE("a timeout of 90000000 ms", "24 hours", .timeout_ms = 90000000);
	REFUSE(".args has no end", "KTSTR_ARGS", .args = endless);
	REFUSE(".includes has no end", "KTSTR_INCLUDES", .includes = endless);
	REFUSE(".known_flags has no end", "KTSTR_FLAGS", .known_flags = endless);
	REFUSE(".includes: element 1 is empty", "leave it out", .includes = INCLUDES("a", ""));
}

Test(payload_rules, known_flags_are_bare_names)
{
	REFUSE("'--x' has dashes", "bare name", .known_flags = FLAGS("--x"));
	REFUSE("'x=1' has dashes or a value", "bare name", .known_flags = FLAGS("x=1"));
}

static int check_args(const char *const *known, const char *arg, struct kt_err *err)
{
	const struct ktstr_payload p = {.program = "prog", .known_flags = known};
	return kt_payload_check_args(&p, ARGS(arg), err);
}

Test(payload_rules, only_long_options_are_compared_with_the_list)
{
	static const char *const fine[] = {
		"--cpu", "--cpu=2", "-x", "file", "--", "--=5", "-", "---", NULL};
	const char *const *known = FLAGS("cpu", "-");
	for (size_t i = 0; fine[i]; i++)
		cr_assert_eq(check_args(known, fine[i], NULL), 0, "%s", fine[i]);
	struct kt_err err = {0};
	cr_assert_eq(check_args(known, "--cp=1", &err), -EINVAL);
	cr_assert_str_eq(
		err.text, "payload 'prog' does not know the option --cp; known: --cpu, ---");
	cr_assert_not_null(strstr(err.fix, "did you mean '--cpu'?"));
	cr_assert_eq(check_args(known, "--cpus", NULL), -EINVAL);
}

Test(payload_rules, without_a_list_all_options_pass_and_with_an_empty_one_none)
{
	static const char *const none[] = {NULL};
	cr_assert_eq(check_args(NULL, "--anything", NULL), 0);
	cr_assert_eq(check_args(none, "--anything", NULL), -EINVAL);
}

Test(payload_rules, its_own_arguments_are_checked_too)
{
	REFUSE("does not know the option --y", "known_flags", .known_flags = FLAGS("xxxx"),
		.args = ARGS("--y"));
}
