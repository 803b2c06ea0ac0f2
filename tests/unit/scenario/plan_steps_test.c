// SPDX-License-Identifier: GPL-2.0-only
/* Steps: their lists, and what of them needs the cpuset controller. */
#include "scenario/plan_list.h"

#include "unit/scenario/scenario.h"

Test(plan_steps, steps_keep_their_order_holds_ops_and_cgroups)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FRAC(0.5), .ops = OPS(OP(add_cgroup, .name = "a"))),
				STEP(HOLD_MS(0)),
				STEP(HOLD_LOOP(20), .cgroups = CGROUPS(CGROUP("b"), CGROUP("c")))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(plan->step_count, 3);
	cr_assert_eq(plan->steps[0].hold_ns, 500000000);
	cr_assert_str_eq(plan->steps[0].ops[0].name, "a");
	cr_assert_eq(plan->steps[1].hold_ns, 0);
	cr_assert_eq(plan->steps[2].hold, KTSTR_HOLD_KIND_LOOP);
	cr_assert_eq(plan->steps[2].hold_ns, 20000000);
	cr_assert_eq(plan->steps[2].cgroup_count, 2);
}

Test(plan_steps, an_empty_list_is_refused)
{
	static const struct ktstr_step none[] = {{.require_ = 0}};
	const struct ktstr_test t = TEST_OF(.steps = none);
	expect_refused(&t, "list of steps is empty", "KTSTR_STEP");
}

Test(plan_steps, a_step_without_a_hold_is_not_taken_for_the_end)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL), {.ops = OPS(OP(add_cgroup, .name = "a"))}));
	expect_refused(&t, "step 1 has ops or cgroups but no hold", "KTSTR_HOLD");
}

Test(plan_steps, a_wrong_hold_names_its_step)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL), STEP(HOLD_FRAC(-1.0))));
	expect_refused(&t, "step 1: a hold of -1", "above 0");
}

Test(plan_steps, a_wrong_op_names_step_and_op)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.ops = OPS(OP(add_cgroup, .name = "a"),
					OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(9))))));
	expect_refused(&t, "step 0: op 1 (set_cpuset): CPUs of LLC 9", "0..1");
}

Test(plan_steps, a_cgroup_without_a_name_is_not_taken_for_the_end)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
						    .cgroups = CGROUPS({.cpuset = CPUS_LLC(0)}))));
	expect_refused(&t, "cgroup 0 of the list has no name", "KTSTR_CGROUP");
}

Test(plan_steps, a_nameless_cgroup_with_any_field_is_not_taken_for_the_end)
{
	static const struct ktstr_payload bench = {.program = "bench"};
	const struct ktstr_cgroup nameless[] = {{.mems = "0"}, {.cpu = {.quota_pct = 50}},
		{.cpu = {.quota_us = 5000}}, {.cpu = {.period_us = 5000}}, {.cpu_weight = 200},
		{.memory = {.max = 65536}}, {.memory = {.high = 65536}}, {.memory = {.low = 65536}},
		{.memory = {.swap_max = 65536}}, {.io_weight = 200}, {.pids_max = 16},
		{.nice = SET(0)}, {.uid = SET(0)}, {.gid = SET(0)}, {.numa_node = SET(0)},
		{.comm = "left"}, {.pcomm = "left"}, {.swappable = true}, {.payload = &bench},
		{.work = WORKS(WORK(spin_wait))}};
	for (size_t i = 0; i < KT_ARRAY_LEN(nameless); i++) {
		const struct ktstr_cgroup list[] = {CGROUP("a"), nameless[i], {.name = NULL}};
		const struct ktstr_test t =
			TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .cgroups = list)));
		expect_refused(&t, "cgroup 1 of the list has no name", "KTSTR_CGROUP");
	}
}

Test(plan_steps, a_list_of_ops_without_an_end_is_refused)
{
	static struct ktstr_op ops[KT_PLAN_LIST_MAX + 1];
	for (size_t i = 0; i <= KT_PLAN_LIST_MAX; i++)
		ops[i] = (struct ktstr_op)OP(stop_cgroup, .cgroup = "a");
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = ops)));
	expect_refused(&t, "list of ops has no end", "KTSTR_OPS");
}

Test(plan_steps, only_cpusets_need_their_controller)
{
	const struct ktstr_test without =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a")))));
	const struct ktstr_test by_cgroup =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_LLC(0))))));
	const struct ktstr_test by_op =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup, .name = "a"),
							       OP(clear_cpuset, .cgroup = "a")))));
	static const struct ktstr_cgroup def = {.name = "a", .cpuset = CPUS_LLC(0)};
	const struct ktstr_test by_def =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup_def, .def = &def)))));
	const struct ktstr_test *tests[] = {&without, &by_cgroup, &by_op, &by_def};
	for (size_t i = 0; i < 4; i++) {
		KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(tests[i]);
		cr_assert_eq(plan->controllers, i ? KT_CONTROLLER_BIT(KT_CONTROLLER_cpuset) : 0,
			"test %zu", i);
	}
}
