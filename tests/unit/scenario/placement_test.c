// SPDX-License-Identifier: GPL-2.0-only
/* The lines of the placement log. */
#include "scenario/placement.h"

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

TestSuite(placement, .init = setup, .fini = done);

static const struct ktstr_test moves =
	TEST_OF(.steps = STEPS(STEP(HOLD_MS(0),
			.ops = OPS(OP(add_cgroup_def,
					   .def = CGROUPS(CGROUP(
						   "a", .work = WORKS(WORK(spin_wait, .workers = 2),
								WORK(spin_wait))))),
				OP(add_cgroup, .name = "b"),
				OP(move_all_tasks, .from = "a", .to = "b"),
				OP(spawn, .in_runner = true), OP(move_all_tasks, .to = "b")))));

Test(placement, starts_and_both_sides_of_moves_are_logged)
{
	fake_env_log_placement(&f);
	run_in(&f, &moves);
	expect_lines(&f, "log",
		"log phase 1: started in 'a': 100,101\n"
		"log phase 1: started in 'a': 200\n"
		"log phase 1: moving from 'a' to 'b': [100,101][200], 'a' holds 7,8\n"
		"log phase 1: moved, 'b' holds 7,8\n"
		"log phase 1: started in '': 300\n"
		"log phase 1: moving from '' to 'b': [300]\n"
		"log phase 1: moved, 'b' holds 7,8\n");
}

Test(placement, without_a_log_nothing_is_read_for_it)
{
	run_in(&f, &moves);
	expect_lines(&f, "procs log", "");
}

Test(placement, a_move_that_fails_has_no_line_behind_it)
{
	fake_env_log_placement(&f);
	f.fail_on = "move w1 b";
	run_in(&f, &moves);
	cr_assert_not_null(strstr(fake_env_lines(&f, "log"), "moving from 'a'"));
	cr_assert_null(strstr(fake_env_lines(&f, "log"), "moved"));
}

Test(placement, what_cannot_be_read_is_said)
{
	fake_env_log_placement(&f);
	f.fail_on = "procs a";
	run_in(&f, &moves);
	cr_assert_not_null(strstr(fake_env_lines(&f, "log"), "'a' holds ? (procs a: refused)"));
	expect_lines(&f, "fail", "");
}
