// SPDX-License-Identifier: GPL-2.0-only
/* What lasts from before the first step until the end. */
#include "unit/scenario/scenario.h"

#define ALL "add spawn cpuset remove stop phase hold stimulus fail result"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(backdrop, .init = setup, .fini = done);

Test(backdrop, its_cgroups_then_its_ops_come_before_the_first_step_and_end_after_the_last)
{
	const struct ktstr_test t =
		TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a"), CGROUP("b")),
				.ops = OPS(OP(add_cgroup, .name = "c"))),
			.steps = STEPS(STEP(HOLD_MS(1), .cgroups = CGROUPS(CGROUP("d"))),
				STEP(HOLD_MS(1))));
	run_in(&f, &t);
	expect_lines(&f, "add phase remove stop stimulus",
		"add a\nadd b\nadd c\n"
		"stimulus phase=0 at=0 ops=1 mask=0x1 cgroups=3 groups=2 iterations=0\n"
		"phase 1 at 0\nadd d\n"
		"stimulus phase=1 at=0 ops=0 mask=0x0 cgroups=4 groups=3 iterations=0\n"
		"stop w3\nremove d\n"
		"phase 2 at 1\n"
		"stimulus phase=2 at=1 ops=0 mask=0x0 cgroups=3 groups=2 iterations=0\n"
		"stop w1 w2\nremove c\nremove b\nremove a\n");
}

Test(backdrop, a_test_without_one_has_no_stimulus_in_phase_0)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_MS(0))));
	run_in(&f, &t);
	expect_lines(&f, "stimulus",
		"stimulus phase=1 at=0 ops=0 mask=0x0 cgroups=0 groups=0 iterations=0\n");
}

Test(backdrop, its_failure_is_a_failed_result_with_what_had_been_made)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a")),
						    .ops = OPS(OP(add_cgroup, .name = "b"))),
		.steps = STEPS(STEP(HOLD_FULL)));
	f.fail_on = "add b";
	run_in(&f, &t);
	expect_lines(&f, ALL,
		"add a\nspawn w1 'a' kind=spin_wait workers=1 group=0 phase=0\nadd b\n"
		"fail 0 backdrop the backdrop failed: op 0 (add_cgroup): add b: refused (fix: ask "
		"the fake not to fail)\n"
		"stop w1\nresult 'a' group=0 index=0 phase=0\nremove a\n");
}

Test(backdrop, steps_know_its_cgroups_by_name)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a"))),
		.steps = STEPS(STEP(HOLD_MS(0), .ops = OPS(OP(spawn, .cgroup = "a"))),
			STEP(HOLD_MS(0), .ops = OPS(OP(stop_cgroup, .cgroup = "a")))));
	run_in(&f, &t);
	expect_lines(&f, "stop fail", "stop w2\nstop w1\n");
}

Test(backdrop, a_step_may_not_make_a_name_of_it_again)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a"))),
		.steps = STEPS(STEP(HOLD_MS(0), .cgroups = CGROUPS(CGROUP("a")))));
	expect_refused(&t,
		"step 0: cgroup 'a' exists already: it was made by the cgroups of the backdrop",
		"exactly one place");
}

Test(backdrop, its_ops_know_its_cgroups_and_unknown_ones_are_refused)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a")),
						    .ops = OPS(OP(spawn, .cgroup = "b"))),
		.steps = STEPS(STEP(HOLD_FULL)));
	expect_refused(&t, "the backdrop: op 0 (spawn): cgroup 'b' is not known; known: a",
		"make it first");
}

Test(backdrop, a_worker_moved_into_it_outlives_its_step)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.ops = OPS(OP(
									 add_cgroup, .name = "a"))),
		.steps = STEPS(
			STEP(HOLD_MS(0), .ops = OPS(OP(add_cgroup_def, .def = CGROUPS(CGROUP("b"))),
						 OP(move_all_tasks, .from = "b", .to = "a"))),
			STEP(HOLD_MS(0))));
	run_in(&f, &t);
	expect_lines(&f, "stop phase remove",
		"phase 1 at 0\nremove b\nphase 2 at 0\nstop w1\nremove a\n");
}

Test(backdrop, its_workers_may_not_move_to_a_cgroup_that_ends_earlier)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a"))),
		.steps = STEPS(
			STEP(HOLD_MS(0), .ops = OPS(OP(add_cgroup, .name = "b"),
						 OP(move_all_tasks, .from = "a", .to = "b")))));
	expect_refused(&t, "'b' ends with this step: the workers would lose their cgroup",
		"declare 'b' where 'a' was made (the cgroups of the backdrop)");
}

Test(backdrop, its_workers_may_not_move_to_an_unknown_cgroup)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a"))),
		.steps = STEPS(
			STEP(HOLD_MS(0), .ops = OPS(OP(move_all_tasks, .from = "a", .to = "x")))));
	expect_refused(&t, "'x' is not known: the workers would lose their cgroup", "declare 'x'");
}

Test(backdrop, it_may_move_its_own_workers)
{
	const struct ktstr_test t =
		TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a")),
				.ops = OPS(OP(add_cgroup, .name = "b"),
					OP(move_all_tasks, .from = "a", .to = "b"))),
			.steps = STEPS(STEP(HOLD_MS(0))));
	run_in(&f, &t);
	expect_lines(&f, "fail stop remove", "stop w1\nremove b\nremove a\n");
}

Test(backdrop, its_workers_count_in_every_step_and_those_of_a_step_only_in_that)
{
	const struct ktstr_test t =
		TEST_OF(.backdrop =
				BACKDROP(.cgroups = CGROUPS(CGROUP("a",
						 .work = WORKS(WORK(spin_wait, .workers = 3))))),
			.steps = STEPS(STEP(HOLD_MS(0), .ops = OPS(OP(spawn, .cgroup = "a"))),
				STEP(HOLD_MS(0), .ops = OPS(OP(spawn, .cgroup = "a")))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(plan->worker_count, 4);
}

Test(backdrop, one_with_a_cpuset_needs_the_controller)
{
	const struct ktstr_test t =
		TEST_OF(.backdrop =
				BACKDROP(.cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_LLC(0)))),
			.steps = STEPS(STEP(HOLD_MS(0))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(plan->controllers, KT_CONTROLLER_BIT(KT_CONTROLLER_cpuset));
}

static void look(struct ktstr_ctx *ctx)
{
	DO(ctx, spawn, .cgroup = "a");
}

Test(backdrop, a_body_finds_it_built)
{
	const struct ktstr_test t =
		TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a"))), .body = look);
	run_in(&f, &t);
	expect_lines(&f, "spawn phase fail",
		"spawn w1 'a' kind=spin_wait workers=1 group=0 phase=0\n"
		"phase 1 at 0\n"
		"spawn w2 'a' kind=spin_wait workers=1 group=1 phase=1\n");
}
