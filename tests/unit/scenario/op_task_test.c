// SPDX-License-Identifier: GPL-2.0-only
/* spawn and move_all_tasks: placement before the start, bookkeeping only after success. */
#include "unit/scenario/scenario.h"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(op_task, .init = setup, .fini = done);

#define ONE_STEP(...) TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(__VA_ARGS__))))

static const struct ktstr_work two_bursty = {.kind = KTSTR_WORK_bursty, .workers = 2};

Test(op_task, spawn_moves_the_workers_before_it_starts_them)
{
	const struct ktstr_test t = ONE_STEP(
		OP(add_cgroup, .name = "a"), OP(spawn, .cgroup = "a", .work = &two_bursty));
	run_in(&f, &t);
	expect_lines(&f, "spawn move start",
		"spawn w1 'a' kind=bursty workers=2 group=0 phase=1\n"
		"move w1 a pids=100,101\n"
		"start w1\n");
}

Test(op_task, spawn_numbers_the_works_of_a_cgroup)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"), OP(spawn, .cgroup = "a"),
		OP(spawn, .cgroup = "a"), OP(spawn, .in_runner = true));
	run_in(&f, &t);
	expect_lines(&f, "spawn",
		"spawn w1 'a' kind=spin_wait workers=1 group=0 phase=1\n"
		"spawn w2 'a' kind=spin_wait workers=1 group=1 phase=1\n"
		"spawn w3 '' kind=spin_wait workers=1 group=0 phase=1\n");
}

Test(op_task, workers_in_the_cgroup_of_the_harness_are_not_moved_and_end_with_the_step)
{
	const struct ktstr_test t = ONE_STEP(OP(spawn, .in_runner = true));
	run_in(&f, &t);
	expect_lines(&f, "move allow start stop result",
		"allow w1 any\nstart w1\nstop w1\nresult '' group=0 index=0 phase=1\n");
}

Test(op_task, workers_that_cannot_be_moved_never_start)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"), OP(spawn, .cgroup = "a"));
	f.fail_on = "move w1";
	run_in(&f, &t);
	expect_lines(&f, "start stop result free remove", "free w1\nremove a\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "start workers in cgroup 'a'"));
}

Test(op_task, a_gate_that_does_not_open_frees_the_group)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"), OP(spawn, .cgroup = "a"));
	f.fail_on = "start w1";
	run_in(&f, &t);
	expect_lines(&f, "stop result free remove", "free w1\nremove a\n");
}

Test(op_task, moved_workers_are_known_and_judged_by_the_new_cgroup)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(add_cgroup, .name = "b"), OP(set_cpuset, .cgroup = "b", .cpus = CPUS_LLC(1)),
		OP(spawn, .cgroup = "a"), OP(spawn, .cgroup = "a"),
		OP(move_all_tasks, .from = "a", .to = "b"), OP(stop_cgroup, .cgroup = "a"),
		OP(stop_cgroup, .cgroup = "b"));
	run_in(&f, &t);
	expect_lines(&f, "move pause allow stop result",
		"move w1 a pids=100\nallow w1 any\n"
		"move w2 a pids=200\nallow w2 any\n"
		"pause w1\nmove w1 b pids=100\n"
		"pause w2\nmove w2 b pids=200\n"
		"allow w1 4-7\nallow w2 4-7\n"
		"stop w1 w2\n"
		"result 'b' group=0 index=0 phase=1\n"
		"result 'b' group=1 index=0 phase=1\n");
}

Test(op_task, workers_of_the_harness_can_be_moved_into_a_cgroup)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(spawn, .in_runner = true), OP(move_all_tasks, .to = "a"));
	run_in(&f, &t);
	expect_lines(&f, "move result", "move w1 a pids=100\nresult 'a' group=0 index=0 phase=1\n");
}

Test(op_task, a_move_that_fails_leaves_the_bookkeeping_as_it_was)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(add_cgroup, .name = "b"), OP(spawn, .cgroup = "a"), OP(spawn, .cgroup = "a"),
		OP(spawn, .cgroup = "a"), OP(move_all_tasks, .from = "a", .to = "b"));
	f.fail_on = "move w2 b";
	run_in(&f, &t);
	expect_lines(&f, "pause result",
		"pause w1\npause w2\n"
		"result 'a' group=0 index=0 phase=1\n"
		"result 'a' group=1 index=0 phase=1\n"
		"result 'a' group=2 index=0 phase=1\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "op 5 (move_all_tasks)"));
}

Test(op_task, a_move_that_fails_is_undone_and_judged_as_before)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(add_cgroup, .name = "b"), OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(1)),
		OP(spawn, .cgroup = "a"), OP(spawn, .cgroup = "a"), OP(spawn, .cgroup = "a"),
		OP(move_all_tasks, .from = "a", .to = "b"));
	f.fail_on = "move w2 b";
	run_in(&f, &t);
	expect_lines(&f, "move pause allow",
		"move w1 a pids=100\nallow w1 4-7\n"
		"move w2 a pids=200\nallow w2 4-7\n"
		"move w3 a pids=300\nallow w3 4-7\n"
		"pause w1\nmove w1 b pids=100\npause w2\nmove w2 b pids=200\n"
		"move w1 a pids=100\nallow w1 4-7\n"
		"move w2 a pids=200\nallow w2 4-7\n");
}

Test(op_task, a_move_from_an_empty_cgroup_moves_nothing)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(add_cgroup, .name = "b"), OP(move_all_tasks, .from = "a", .to = "b"));
	run_in(&f, &t);
	expect_lines(&f, "move note fail", "");
}

Test(op_task, a_move_to_an_unknown_cgroup_is_noted_and_tried)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"), OP(spawn, .cgroup = "a"),
		OP(move_all_tasks, .from = "a", .to = "elsewhere"));
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "note"), "cgroup 'elsewhere' is not known"));
	cr_assert_not_null(strstr(fake_env_lines(&f, "move"), "move w1 elsewhere"));
}
