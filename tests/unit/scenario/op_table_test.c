// SPDX-License-Identifier: GPL-2.0-only
/* The way of one op through rules and dispatch. */
#include "scenario/op_table.h"

#include "unit/scenario/scenario.h"

static struct fake_env f;
static struct kt_state s;
static const struct kt_rules rules = {.names = &s.names};

static void setup(void)
{
	static const struct kt_plan plan = {.duration_ms = 1000};
	fake_env_init(&f);
	kt_state_init(&s, &plan, &f.env);
	snprintf(s.place, sizeof(s.place), "the test");
}

static void done(void)
{
	kt_state_done(&s);
	fake_env_done(&f);
}

TestSuite(op_table, .init = setup, .fini = done);

Test(op_table, a_refused_op_does_not_reach_the_world)
{
	const struct kt_plan_op op = {.kind = KTSTR_OP_spawn, .cgroup = "x"};
	struct kt_err err = {0};
	cr_assert_eq(kt_op_apply(&s, &op, &rules, &err), -EINVAL);
	cr_assert_str_eq(kt_str_get(&f.log), "");
}

Test(op_table, a_warning_is_noted_with_its_place)
{
	const struct kt_plan_op op = {.kind = KTSTR_OP_remove_cgroup, .cgroup = "x"};
	cr_assert_eq(kt_op_apply(&s, &op, &rules, NULL), 0);
	cr_assert_not_null(
		strstr(kt_str_get(&f.log), "note 0 op the test: cgroup 'x' is not known"));
}

Test(op_table, a_quiet_state_notes_no_warning)
{
	const struct kt_plan_op op = {.kind = KTSTR_OP_remove_cgroup, .cgroup = "x"};
	s.quiet = true;
	cr_assert_eq(kt_op_apply(&s, &op, &rules, NULL), 0);
	cr_assert_str_eq(kt_str_get(&f.log), "");
}

Test(op_table, a_warning_about_a_cgroup_of_the_same_step_says_so)
{
	struct kt_plan_cgroup cgroup = {.name = "x"};
	const struct kt_rules pending = {
		.names = &s.names, .pending = &cgroup, .pending_count = 1};
	const struct kt_plan_op op = {.kind = KTSTR_OP_remove_cgroup, .cgroup = "x"};
	cr_assert_eq(kt_op_apply(&s, &op, &pending, NULL), 0);
	cr_assert_not_null(strstr(kt_str_get(&f.log), "made after the ops"));
}
