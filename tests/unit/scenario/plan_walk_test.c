// SPDX-License-Identifier: GPL-2.0-only
/* The walk through the steps: lifetimes, loops, and how many workers run at once. */
#include "scenario/plan_list.h"

#include "base/log.h"
#include "unit/scenario/scenario.h"

#define ADD(n)	      OP(add_cgroup, .name = n)
#define SPAWN(n)      OP(spawn, .cgroup = n)
#define STEP_OPS(...) STEP(HOLD_FRAC(0.1), .ops = OPS(__VA_ARGS__))

static size_t workers_of(const struct ktstr_test *t)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(t);
	return plan->worker_count;
}

Test(plan_walk, a_name_ends_with_its_step)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(ADD("a")), STEP_OPS(SPAWN("a"))));
	expect_refused(&t,
		"step 1: op 0 (spawn): cgroup 'a' does not exist any more: it was made by op 0 "
		"(add_cgroup) of step 0 and removed by the end of step 0",
		"declare the cgroup in this step too");
}

Test(plan_walk, a_name_can_be_used_again_in_the_next_step)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP_OPS(ADD("a")), STEP_OPS(ADD("a"))));
	cr_assert_eq(workers_of(&t), 0);
}

Test(plan_walk, a_name_can_be_made_again_after_its_removal)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP_OPS(ADD("a"),
						    OP(remove_cgroup, .cgroup = "a"), ADD("a"))));
	cr_assert_eq(workers_of(&t), 0);
}

Test(plan_walk, ops_of_a_normal_step_do_not_see_the_cgroups_of_their_step)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(SPAWN("a")),
						    .cgroups = CGROUPS(CGROUP("a")))));
	expect_refused(&t, "op 0 (spawn): cgroup 'a' does not exist yet",
		"declare it one step earlier or use add_cgroup_def");
}

Test(plan_walk, cgroups_of_a_step_see_what_its_ops_made)
{
	const struct ktstr_test nested =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(ADD("a")),
				.cgroups = CGROUPS(CGROUP("a/b")))));
	const struct ktstr_test twice = TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(ADD("a")),
							.cgroups = CGROUPS(CGROUP("a")))));
	cr_assert_eq(workers_of(&nested), 1);
	expect_refused(&twice,
		"step 0: cgroup 'a' exists already: it was made by op 0 (add_cgroup)",
		"fresh name");
}

Test(plan_walk, ops_of_a_loop_see_the_cgroups_of_their_step)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100),
				.ops = OPS(OP(stop_cgroup, .cgroup = "a"), SPAWN("a")),
				.cgroups = CGROUPS(CGROUP("a")))));
	cr_assert_eq(workers_of(&t), 1);
}

Test(plan_walk, a_loop_that_would_collide_in_its_second_round_is_refused)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100), .ops = OPS(ADD("a")))));
	expect_refused(&t,
		"step 0: in its second round: op 0 (add_cgroup): cgroup 'a' exists already",
		"a loop repeats its ops");
}

Test(plan_walk, a_loop_that_undoes_what_it_makes_is_fine)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100),
				.ops = OPS(ADD("a"), OP(remove_cgroup, .cgroup = "a")))));
	cr_assert_eq(workers_of(&t), 0);
}

Test(plan_walk, a_loop_of_a_single_round_may_do_what_works_once)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(1000), .ops = OPS(ADD("a")))));
	cr_assert_eq(workers_of(&t), 0);
}

Test(plan_walk, workers_are_counted_where_most_run_at_once)
{
	const struct ktstr_work three = {.kind = KTSTR_WORK_mixed, .workers = 3};
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FRAC(0.5),
					       .cgroups = CGROUPS(CGROUP("a",
						       .work = WORKS(WORK(mixed, .workers = 4))))),
				STEP(HOLD_FRAC(0.5),
					.ops = OPS(OP(spawn, .in_runner = true, .work = &three)),
					.cgroups = CGROUPS(
						CGROUP("a"), CGROUP("b", .work = WORKS(WORK(mixed),
										 WORK(mixed)))))));
	cr_assert_eq(workers_of(&t), 6);
}

Test(plan_walk, stopped_and_removed_workers_no_longer_count)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(ADD("a"), SPAWN("a"), SPAWN("a"),
				OP(stop_cgroup, .cgroup = "a"), SPAWN("a"),
				OP(remove_cgroup, .cgroup = "a"), ADD("b"), SPAWN("b"))));
	cr_assert_eq(workers_of(&t), 2);
}

Test(plan_walk, moved_workers_count_where_they_are)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP_OPS(ADD("a"), ADD("b"), SPAWN("a"),
						    OP(move_all_tasks, .from = "a", .to = "b"),
						    OP(stop_cgroup, .cgroup = "a"), SPAWN("a"))));
	cr_assert_eq(workers_of(&t), 2);
}

Test(plan_walk, a_spawn_in_a_loop_counts_every_round)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100), .ops = OPS(SPAWN("a")),
				.cgroups = CGROUPS(CGROUP("a")))));
	cr_assert_eq(workers_of(&t), 11);
}

Test(plan_walk, too_many_workers_at_once_are_refused)
{
	const struct ktstr_test t = {.name = "t",
		.duration_ms = 60000,
		.steps = STEPS(STEP(
			HOLD_LOOP(1), .ops = OPS(SPAWN("a")), .cgroups = CGROUPS(CGROUP("a"))))};
	expect_refused(&t, "step 0: more than 4096 workers", "spawn in a loop");
}

static unsigned warnings;

static void count_warning(void *arg, enum kt_log_level level, const char *text)
{
	(void)arg;
	if (level == KT_LOG_WARN &&
		strstr(text, "test 't': op 0 (remove_cgroup) of step 0: cgroup 'x' is not known"))
		warnings++;
}

Test(plan_walk, removing_what_is_unknown_is_only_a_warning_said_once)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100),
						    .ops = OPS(OP(remove_cgroup, .cgroup = "x")))));
	kt_log_set(count_warning, NULL, KT_LOG_WARN);
	cr_assert_eq(workers_of(&t), 0);
	const struct kt_plan_options quiet = {.quiet = true};
	KT_AUTO(kt_plan_free) struct kt_plan *again = NULL;
	cr_assert_eq(kt_plan_make(&t, &quiet, &again, NULL), 0);
	kt_log_set(NULL, NULL, KT_LOG_WARN);
	cr_assert_eq(warnings, 1);
}

Test(plan_walk, workers_beside_confined_nested_cgroups_are_refused_before_anything_boots)
{
	const struct ktstr_test by_cgroups =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a"),
							CGROUP("a/b", .cpuset = CPUS_LLC(0))))));
	const struct ktstr_test by_ops =
		TEST_OF(.steps = STEPS(STEP_OPS(ADD("a"), ADD("a/b"),
				OP(set_cpuset, .cgroup = "a/b", .cpus = CPUS_LLC(0)), SPAWN("a/b"),
				SPAWN("a"))));
	const struct ktstr_test parent_empty =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(ADD("a")),
				.cgroups = CGROUPS(
					CGROUP("a/b", .cpuset = CPUS_LLC(0)), CGROUP("a/c")))));
	expect_refused(&by_cgroups, "step 0: cgroup 'a' and cgroup 'a/b'", "'a/own'");
	expect_refused(&by_ops, "step 0: op 4 (spawn): cgroup 'a' and cgroup 'a/b'", "'a/own'");
	cr_assert_eq(workers_of(&parent_empty), 2);
}
