// SPDX-License-Identifier: GPL-2.0-only
/* Where a plan finds the payloads of a test, and what it refuses of its lists. */
#include "payload/rules.h"
#include "unit/scenario/scenario.h"

PAYLOAD(one, .program = "one");
PAYLOAD(two, .program = "two");
PAYLOAD(three, .program = "three");
PAYLOAD(four, .program = "four");
PAYLOAD(five, .program = "five");
PAYLOAD(unnamed, .name = "x");

static int add_name(void *arg, const struct ktstr_payload *payload)
{
	kt_str_addf(arg, "%s ", kt_payload_name(payload));
	return 0;
}

static int stop_at_two(void *arg, const struct ktstr_payload *payload)
{
	add_name(arg, payload);
	return payload == &two ? 7 : 0;
}

static const struct ktstr_cgroup def = {.name = "def", .payload = &three};

static const struct ktstr_test all =
	TEST_OF(.backdrop = {.cgroups = CGROUPS(CGROUP("base", .payload = &one)),
			.payloads = PAYLOADS(&two)},
		.payloads = PAYLOADS(&five),
		.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup_def, .def = &def)),
			.cgroups = CGROUPS(CGROUP("a", .payload = &four)))));

Test(plan_payload, all_places_that_name_one_are_looked_at)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&all);
	KT_AUTO_DONE(kt_str_done) struct kt_str names = {0};
	cr_assert_eq(kt_plan_each_payload(plan, add_name, &names), 0);
	cr_assert_str_eq(kt_str_get(&names), "two one three four five ");
}

Test(plan_payload, what_is_not_zero_stops_the_walk)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&all);
	KT_AUTO_DONE(kt_str_done) struct kt_str names = {0};
	cr_assert_eq(kt_plan_each_payload(plan, stop_at_two, &names), 7);
	cr_assert_str_eq(kt_str_get(&names), "two ");
}

Test(plan_payload, the_backdrops_payloads_are_its_last_ops)
{
	const struct ktstr_test t = TEST_OF(.backdrop = {.ops = OPS(OP(add_cgroup, .name = "a")),
						    .payloads = PAYLOADS(&one, &two)},
		.steps = STEPS(STEP(HOLD_FULL)));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(plan->backdrop.op_count, 3);
	cr_assert_eq(plan->backdrop.ops[2].kind, KTSTR_OP_run_payload);
	cr_assert_eq(plan->backdrop.ops[2].payload, &two);
	cr_assert_null(plan->backdrop.ops[2].cgroup);
	cr_assert_eq(plan->backdrop.ops[2].index, 2);
}

Test(plan_payload, a_list_names_each_payload_once)
{
	const struct ktstr_test t =
		TEST_OF(.payloads = PAYLOADS(&one, &two, &one), .steps = STEPS(STEP(HOLD_FULL)));
	expect_refused(&t, "payload 'one' is in .payloads twice", "name each payload once");
}

Test(plan_payload, a_list_holds_only_payloads_that_are_right)
{
	const struct ktstr_test t =
		TEST_OF(.payloads = PAYLOADS(&unnamed), .steps = STEPS(STEP(HOLD_FULL)));
	expect_refused(&t, "payload 'x' has no program", ".program");
	const struct ktstr_test backdrop =
		TEST_OF(.backdrop = {.payloads = PAYLOADS(&one, &unnamed)},
			.steps = STEPS(STEP(HOLD_FULL)));
	expect_refused(
		&backdrop, "the backdrop: payload 1: payload 'x' has no program", ".program");
}

Test(plan_payload, two_constants_may_share_a_program)
{
	PAYLOAD(again, .program = "one", .name = "again");
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
						    .ops = OPS(OP(run_payload, .payload = &one),
							    OP(run_payload, .payload = &again)))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_not_null(plan);
}

Test(plan_payload, a_list_without_an_end_is_refused)
{
	static const struct ktstr_payload *endless[5000];
	for (size_t i = 0; i < KT_ARRAY_LEN(endless); i++)
		endless[i] = &one;
	const struct ktstr_test t = TEST_OF(.payloads = endless, .steps = STEPS(STEP(HOLD_FULL)));
	expect_refused(&t, "the list of payloads has no end", "KTSTR_PAYLOADS");
}
