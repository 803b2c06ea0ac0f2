// SPDX-License-Identifier: GPL-2.0-only
/* What a machine must have for a host_only test, and what its plan is made of. */
#include <criterion/criterion.h>

#include <string.h>

#include "run/host_plan.h"

/* Last: the short names of the language are macros. */
#include <ktstr/ktstr.h>

/* Four CPUs in two LLCs, with numbers of their own. */
static struct kt_run_host_topo host = {.map = {.cpu = {1, 3, 5, 7}},
	.topo = {1, 2, 2, 1, &host.map},
	.text = "1n2l2c1t, CPUs 1,3,5,7"};

static struct kt_plan *plan;
static struct kt_err err;

static void done(void)
{
	kt_plan_free(plan);
}

TestSuite(host_plan, .fini = done);

#define TEST_OF(...)                                                                               \
	{                                                                                          \
		.name = "t", .host_only = true, .duration_ms = 1000, __VA_ARGS__                   \
	}

static int make(const struct ktstr_test *test)
{
	static const struct kt_run_options o = {.duration_ms = 250, .seed = 40};
	return kt_run_host_plan(&o, &host, test, 3, &plan, &err);
}

Test(host_plan, cpusets_are_those_of_the_machine)
{
	const struct ktstr_test t = TEST_OF(.topology = TOPOLOGY(1, 2, 1, 1),
		.steps = STEPS(
			STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_LLC(1))))));
	cr_assert_eq(make(&t), 0, "%s", err.text);
	KT_AUTOFREE char *cpus = kt_cpus_text(&plan->steps[0].cgroups[0].cpuset);
	cr_assert_str_eq(cpus, "5,7");
	cr_assert_eq(plan->topo.llcs, 2);
}

Test(host_plan, options_of_any_run_count_here_too)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL)));
	cr_assert_eq(make(&t), 0, "%s", err.text);
	cr_assert_eq(plan->duration_ms, 250);
	cr_assert_eq(plan->seed, 42);
}

Test(host_plan, a_machine_that_is_too_small_skips_the_test)
{
	const struct ktstr_test t =
		TEST_OF(.topology = TOPOLOGY(2, 4, 1, 1), .steps = STEPS(STEP(HOLD_FULL)));
	cr_assert_eq(make(&t), -ENOTSUP);
	cr_assert_not_null(
		strstr(err.text, "2 NUMA nodes are asked for, and there is 1; 4 LLCs are "
				 "asked for, and there are 2 (it is 1n2l2c1t"),
		"%s", err.text);
	cr_assert_not_null(strstr(err.fix, "let .topology ask for less"), "%s", err.fix);
}

Test(host_plan, what_is_wrong_on_any_machine_is_no_reason_to_skip)
{
	const struct ktstr_test t = TEST_OF(.topology = TOPOLOGY(1, 8, 1, 1),
		.steps = STEPS(
			STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_LLC(8))))));
	cr_assert_eq(make(&t), -EINVAL);
	cr_assert_not_null(strstr(err.text, "CPUs of LLC 8"), "%s", err.text);
}

Test(host_plan, cpus_that_this_machine_does_not_have_skip_the_test)
{
	const struct ktstr_test t = TEST_OF(.topology = TOPOLOGY(1, 2, 2, 1),
		.steps = STEPS(STEP(
			HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_EXACT("0-1"))))));
	cr_assert_eq(make(&t), -ENOTSUP);
	cr_assert_not_null(
		strstr(err.text, "another than the test is written for"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, "has no CPU 0"), "%s", err.text);
}

KTSTR_PAYLOAD(known, .program = "sh");
KTSTR_PAYLOAD(unknown, .program = "no-such-program-anywhere");
KTSTR_PAYLOAD(with_files, .program = "sh", .includes = KTSTR_INCLUDES("/etc/passwd"));

Test(host_plan, programs_are_those_of_this_machine)
{
	const struct ktstr_test there =
		TEST_OF(.payloads = KTSTR_PAYLOADS(&known), .steps = STEPS(STEP(HOLD_FULL)));
	const struct ktstr_test missing =
		TEST_OF(.payloads = KTSTR_PAYLOADS(&unknown), .steps = STEPS(STEP(HOLD_FULL)));
	cr_assert_eq(make(&there), 0, "%s", err.text);
	kt_plan_free(plan);
	plan = NULL;
	cr_assert_eq(make(&missing), -EINVAL);
	cr_assert_not_null(strstr(err.text, "no-such-program-anywhere"), "%s", err.text);
}

Test(host_plan, files_for_a_guest_are_refused)
{
	const struct ktstr_test t =
		TEST_OF(.payloads = KTSTR_PAYLOADS(&with_files), .steps = STEPS(STEP(HOLD_FULL)));
	cr_assert_eq(make(&t), -EINVAL);
	cr_assert_not_null(strstr(err.text, "payload 'sh' has .includes"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "on this machine"), "%s", err.fix);
}
