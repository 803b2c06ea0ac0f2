// SPDX-License-Identifier: GPL-2.0-only
/* The plan of a whole test: defaults, options, and what is refused about the test itself. */
#include <math.h>

#include "unit/scenario/scenario.h"

static void body(struct ktstr_ctx *ctx)
{
	(void)ctx;
}

#define ONE_STEP .steps = STEPS(STEP(HOLD_FULL))

Test(plan, unset_topology_and_duration_take_their_defaults)
{
	const struct ktstr_test t = {.name = "t", ONE_STEP};
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(plan->topo.nodes, 1);
	cr_assert_eq(plan->topo.llcs, 1);
	cr_assert_eq(plan->topo.cores, 2);
	cr_assert_eq(plan->topo.threads, 1);
	cr_assert_eq(plan->duration_ms, KTSTR_DEFAULT_DURATION_MS);
	cr_assert_eq(plan->controllers, 0);
}

Test(plan, options_replace_topology_and_duration)
{
	const struct ktstr_test t = TEST_OF(ONE_STEP);
	struct kt_plan_options options = {.topo = {2, 2, 1, 1}, .duration_ms = 250};
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	cr_assert_eq(kt_plan_make(&t, &options, &plan, NULL), 0);
	cr_assert_eq(plan->topo.nodes, 2);
	cr_assert_eq(plan->duration_ms, 250);
	cr_assert_eq(plan->steps[0].hold_ns, 250000000);
}

Test(plan, cpusets_are_resolved_for_the_topology_of_the_options)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_LLC(1))))));
	struct kt_plan_options options = {.topo = {1, 1, 4, 1}};
	struct kt_plan *plan = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_plan_make(&t, &options, &plan, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, "test 't': step 0: cgroup 'a': CPUs of LLC 1"));
}

Test(plan, the_topology_is_checked)
{
	const struct ktstr_test t = {.name = "t", .topology = {2, 3, 1, 1}, ONE_STEP};
	expect_refused(&t, "3 LLCs", "multiple");
}

Test(plan, a_duration_of_more_than_a_day_is_refused)
{
	const struct ktstr_test t = {.name = "t", .duration_ms = (uint64_t)-1, ONE_STEP};
	expect_refused(&t, "is not possible", "24 hours");
}

Test(plan, steps_and_body_exclude_each_other)
{
	const struct ktstr_test t = TEST_OF(ONE_STEP, .body = body);
	expect_refused(&t, "both steps and a body", "ktstr_run_steps");
}

Test(plan, a_metric_of_the_test_means_one_thing)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL)),
		.metrics = HINTS(HIGHER("ops", "1/s"), LOWER("ops", "1/s")));
	expect_refused(&t, ".metrics: two hints, 0 and 1, are about metric 'ops'", "keep one");
}

Test(plan, neither_steps_nor_body_is_refused)
{
	const struct ktstr_test t = TEST_OF(.steps = NULL);
	expect_refused(&t, "neither steps nor a body", "KTSTR_STEPS");
}

Test(plan, a_body_has_no_steps_and_its_controllers_are_enabled_as_it_needs_them)
{
	const struct ktstr_test t = TEST_OF(.body = body);
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(plan->controllers, 0);
	cr_assert_eq(plan->step_count, 0);
}

Test(plan, a_limit_that_is_no_number_or_negative_is_refused)
{
	const struct ktstr_test no_number = TEST_OF(ONE_STEP, .checks = {.max_gap_ms = NAN});
	const struct ktstr_test negative = TEST_OF(ONE_STEP, .checks = {.max_spread_pct = -1});
	expect_refused(&no_number, "check max_gap_ms", "finite");
	expect_refused(&negative, "check max_spread_pct: -1", "above 0");
}

Test(plan, an_error_names_the_test)
{
	const struct ktstr_test t = {.name = "my_test"};
	expect_refused(&t, "test 'my_test': ", "");
}

Test(plan, freeing_nothing_is_fine)
{
	kt_plan_free(NULL);
}

Test(plan, a_scenario_of_its_own_brings_backdrop_and_steps)
{
	const struct ktstr_scenario scenario = {
		.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a"))),
		.steps = STEPS(STEP(HOLD_FULL), STEP(HOLD_MS(1))),
	};
	const struct ktstr_test t = {.name = "t", .scenario = &scenario};
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(plan->step_count, 2);
	cr_assert_eq(plan->backdrop.cgroup_count, 1);
}

Test(plan, a_scenario_stands_alone)
{
	const struct ktstr_scenario scenario = {.steps = STEPS(STEP(HOLD_FULL))};
	const struct ktstr_scenario empty = {.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a")))};
	const struct ktstr_test beside_steps = {.name = "t", .scenario = &scenario, ONE_STEP};
	const struct ktstr_test beside_body = {.name = "t", .scenario = &scenario, .body = body};
	const struct ktstr_test beside_backdrop = {.name = "t",
		.scenario = &scenario,
		.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a")))};
	const struct ktstr_test without_steps = {.name = "t", .scenario = &empty};
	expect_refused(&beside_steps, "both .scenario and .steps", "leave one");
	expect_refused(&beside_body, "both .scenario and a body", "leave one");
	expect_refused(&beside_backdrop, ".backdrop would be lost", "drop .backdrop");
	expect_refused(&without_steps, "has no steps", ".steps = ");
}
