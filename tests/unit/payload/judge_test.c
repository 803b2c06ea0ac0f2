// SPDX-License-Identifier: GPL-2.0-only
/* Each kind of check with what meets it and what does not. */
#include "payload/judge.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/mem.h"

#include <macros/payload.h>
#include <macros/short.h>

#define EXITED(code) ((code) << 8)

static struct kt_payload_judgement judgement;
static struct kt_payload_output output;

static void done(void)
{
	kt_payload_judgement_done(&judgement);
	kt_payload_output_done(&output);
}

TestSuite(judge, .fini = done);

static void judge(const struct ktstr_payload *p, int status, const char *out)
{
	struct kt_err err = {0};
	done();
	output = (struct kt_payload_output){.status = status};
	kt_str_add(&output.out, out);
	output.out_bytes = output.out.len;
	cr_assert_eq(kt_payload_judge(p, &output, &judgement, &err), 0, "%s", err.text);
}

static void expect(const char *failures)
{
	cr_assert_str_eq(kt_str_get(&judgement.failures), failures);
}

Test(judge, without_checks_it_must_exit_with_0)
{
	const struct ktstr_payload p = {.program = "x"};
	judge(&p, EXITED(0), "");
	expect("");
	cr_assert_eq(judgement.exit_code, 0);
	judge(&p, EXITED(4), "");
	expect("it exited with 4, exit code 0 is expected");
	judge(&p, SIGSEGV, "");
	expect("it was killed by SIGSEGV, exit code 0 is expected");
	cr_assert_eq(judgement.exit_code, -1);
}

Test(judge, another_exit_code_can_be_expected)
{
	const struct ktstr_payload p = {.program = "x", .checks = EXPECT(EXIT_CODE(3))};
	judge(&p, EXITED(3), "");
	expect("");
	judge(&p, EXITED(0), "");
	expect("it exited with 0, exit code 3 is expected");
}

#define WITH(check)                                                                                \
	{                                                                                          \
		.program = "x", .output = KTSTR_OUTPUT_JSON, .checks = EXPECT(check)               \
	}

Test(judge, bounds_belong_to_what_they_allow)
{
	const struct ktstr_payload min = WITH(METRIC_MIN("a", 5));
	const struct ktstr_payload max = WITH(METRIC_MAX("a", 5));
	const struct ktstr_payload range = WITH(METRIC_RANGE("a", 4, 5));
	judge(&min, 0, "{\"a\": 5}");
	expect("");
	judge(&min, 0, "{\"a\": 4.9}");
	expect("metric 'a' is 4.9, at least 5 is expected");
	judge(&max, 0, "{\"a\": 5}");
	expect("");
	judge(&max, 0, "{\"a\": 5.1}");
	expect("metric 'a' is 5.1, at most 5 is expected");
	judge(&range, 0, "{\"a\": 3}");
	expect("metric 'a' is 3, at least 4 is expected");
	judge(&range, 0, "{\"a\": 6}");
	expect("metric 'a' is 6, at most 5 is expected");
	judge(&range, 0, "{\"a\": 4}");
	expect("");
}

Test(judge, a_metric_that_is_not_there_fails_each_check_of_it)
{
	const struct ktstr_payload p = {.program = "x",
		.output = KTSTR_OUTPUT_JSON,
		.checks = EXPECT(METRIC_EXISTS("a"), METRIC_MAX("a", 1), METRIC_EXISTS("b"))};
	judge(&p, 0, "{\"b\": 1}");
	expect("metric 'a' is not there\nmetric 'a' is not there");
	cr_assert_eq(judgement.failed, 2);
}

Test(judge, a_program_that_should_print_json_must)
{
	const struct ktstr_payload p = {.program = "x", .output = KTSTR_OUTPUT_JSON};
	judge(&p, 0, "hello");
	expect("no metrics: there is no JSON object or array in what it printed");
}

Test(judge, json_that_was_cut_says_so)
{
	const struct ktstr_payload p = {.program = "x", .output = KTSTR_OUTPUT_JSON};
	struct kt_err err = {0};
	output = (struct kt_payload_output){.out_bytes = 100};
	kt_str_add(&output.out, "{\"a\": [1, 2");
	cr_assert_eq(kt_payload_judge(&p, &output, &judgement, &err), 0);
	cr_assert_not_null(
		strstr(kt_str_get(&judgement.failures), "(it was cut: it printed too much)"));
}

Test(judge, one_that_was_stopped_need_not_have_ended_well)
{
	const struct ktstr_payload p = WITH(METRIC_MIN("a", 5));
	struct kt_err err = {0};
	output = (struct kt_payload_output){.status = SIGKILL, .stopped = true};
	cr_assert_eq(kt_payload_judge(&p, &output, &judgement, &err), 0);
	expect("metric 'a' is not there");
}

Test(judge, a_failure_has_the_unit_of_the_hint)
{
	const struct ktstr_payload p = {.program = "x",
		.output = KTSTR_OUTPUT_JSON,
		.hints = HINTS(HIGHER("a", "ops/s")),
		.checks = EXPECT(METRIC_MIN("a", 5))};
	judge(&p, 0, "{\"a\": 1}");
	expect("metric 'a' is 1 ops/s, at least 5 is expected");
}

Test(judge, the_tail_is_the_last_lines_of_standard_error_or_output)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str tail = {0};
	output = (struct kt_payload_output){0};
	kt_payload_tail(&output, &tail);
	cr_assert_str_eq(kt_str_get(&tail), "");
	for (unsigned i = 1; i <= 20; i++)
		kt_str_addf(&output.out, "o%u\n", i);
	kt_payload_tail(&output, &tail);
	cr_assert_str_eq(kt_str_get(&tail), "o13\no14\no15\no16\no17\no18\no19\no20");
	kt_str_cut(&tail, 0);
	kt_str_add_bytes(&output.err, "a\0b\n\n", 5);
	kt_payload_tail(&output, &tail);
	cr_assert_str_eq(kt_str_get(&tail), "a?b");
}
