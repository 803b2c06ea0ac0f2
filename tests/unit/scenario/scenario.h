/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of this layer share: a plan that must be made or refused, a run of it. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "fake/fake_env.h"
#include "scenario/engine.h"
#include "scenario/plan.h"

/* Last: the short names of the language are macros. */
#include <ktstr/ktstr.h>

/* A test of STEPS on a machine of 8 CPUs in 2 LLCs, of which 0-6 are usable, for 1 s. */
#define TEST_OF(...)                                                                               \
	{                                                                                          \
		.name = "t", .topology = {1, 2, 4, 1}, .duration_ms = 1000, __VA_ARGS__            \
	}

static inline __attribute__((unused)) struct kt_plan *plan_of(const struct ktstr_test *test)
{
	struct kt_err err = {0};
	struct kt_plan *plan = NULL;
	cr_assert_eq(kt_plan_make(test, NULL, &plan, &err), 0, "%s", err.text);
	return plan;
}

/* The plan is refused, with these words in its text and in its remedy. */
static inline __attribute__((unused)) void expect_refused(
	const struct ktstr_test *test, const char *text, const char *fix)
{
	struct kt_err err = {0};
	struct kt_plan *plan = NULL;
	cr_assert_eq(kt_plan_make(test, NULL, &plan, &err), -EINVAL);
	cr_assert_null(plan);
	cr_assert_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

/* Run the plan of TEST in the recording environment F. */
static inline __attribute__((unused)) void run_in(struct fake_env *f, const struct ktstr_test *test)
{
	struct kt_err err = {0};
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(test);
	cr_assert_eq(kt_engine_run(plan, &f->env, &err), 0, "%s", err.text);
}

static inline __attribute__((unused)) void expect_lines(
	struct fake_env *f, const char *words, const char *expected)
{
	const char *lines = fake_env_lines(f, words);
	cr_assert_str_eq(lines, expected, "got:\n%sof:\n%s", lines, kt_str_get(&f->log));
}
