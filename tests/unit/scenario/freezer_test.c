// SPDX-License-Identifier: GPL-2.0-only
/* Whoever is stopped runs before, and what stays is frozen again afterwards. */
#include "unit/scenario/scenario.h"

#define STEP_OPS(...) STEP(HOLD_MS(0), .ops = OPS(__VA_ARGS__))
#define LINES	      "freeze unfreeze stop remove note fail"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(freezer, .init = setup, .fini = done);

Test(freezer, the_end_of_a_step_thaws_its_cgroups_before_their_workers_are_stopped)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup_def, .def = CGROUPS(CGROUP("a"))),
				OP(freeze_cgroup, .cgroup = "a"))));
	run_in(&f, &t);
	expect_lines(&f, LINES, "freeze a\nunfreeze a\nstop w1\nremove a\n");
}

Test(freezer, a_cgroup_that_cannot_be_thawed_is_only_noted)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_MS(0), .cgroups = CGROUPS(CGROUP("a")))));
	f.fail_on = "unfreeze a";
	run_in(&f, &t);
	expect_lines(&f, LINES,
		"unfreeze a\nnote 1 cgroup unfreeze a: refused (fix: ask the fake not to fail)\n"
		"stop w1\nremove a\n");
}

Test(freezer, a_step_does_not_thaw_the_backdrop_whose_end_does)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a")),
						    .ops = OPS(OP(freeze_cgroup, .cgroup = "a"))),
		.steps = STEPS(STEP(HOLD_MS(0))));
	run_in(&f, &t);
	expect_lines(&f, LINES, "freeze a\nunfreeze a\nstop w1\nremove a\n");
	cr_assert(
		strstr(kt_str_get(&f.log), "unfreeze a") > strstr(kt_str_get(&f.log), "mark end"));
}

Test(freezer, the_workers_of_a_step_in_a_frozen_backdrop_are_stopped_and_the_rest_stays_frozen)
{
	const struct ktstr_test t = TEST_OF(.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("a"))),
		.steps = STEPS(STEP_OPS(OP(spawn, .cgroup = "a"), OP(freeze_cgroup, .cgroup = "a")),
			STEP(HOLD_MS(0))));
	run_in(&f, &t);
	expect_lines(&f, LINES,
		"freeze a\n"
		"unfreeze a\nstop w2\nfreeze a\n"
		"unfreeze a\nstop w1\nremove a\n");
}

Test(freezer, stop_cgroup_leaves_it_frozen)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup, .name = "a"),
				OP(add_cgroup_def, .def = CGROUPS(CGROUP("a/b"))),
				OP(freeze_cgroup, .cgroup = "a"),
				OP(stop_cgroup, .cgroup = "a/b"))));
	run_in(&f, &t);
	expect_lines(&f, LINES,
		"freeze a\nunfreeze a\nstop w1\nfreeze a\n"
		"unfreeze a\nunfreeze a/b\nremove a/b\nremove a\n");
}

Test(freezer, a_removed_cgroup_is_thawed_and_not_frozen_again)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup_def, .def = CGROUPS(CGROUP("a"))),
				OP(freeze_cgroup, .cgroup = "a"), OP(remove_cgroup, .cgroup = "a"),
				OP(add_cgroup, .name = "a"), OP(stop_cgroup, .cgroup = "a"))));
	run_in(&f, &t);
	expect_lines(&f, LINES,
		"freeze a\nunfreeze a\nstop w1\nremove a\n"
		"unfreeze a\nremove a\n");
}

Test(freezer, a_cgroup_that_could_not_be_removed_stays_as_it_was)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup, .name = "a"),
						    OP(freeze_cgroup, .cgroup = "a"),
						    OP(remove_cgroup, .cgroup = "a"))));
	f.fail_on = "remove a";
	run_in(&f, &t);
	expect_lines(&f, "freeze unfreeze", "freeze a\nunfreeze a\nfreeze a\nunfreeze a\n");
}

Test(freezer, workers_in_and_below_a_frozen_cgroup_are_excused_until_it_is_thawed)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup, .name = "a"),
				OP(add_cgroup_def, .def = CGROUPS(CGROUP("a/b"))),
				OP(add_cgroup_def, .def = CGROUPS(CGROUP("c"))),
				OP(freeze_cgroup, .cgroup = "a"),
				OP(unfreeze_cgroup, .cgroup = "a"))));
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "freeze unfreeze excuse resume"),
		"excuse w1\nfreeze a\nunfreeze a\nresume w1\n"));
	cr_assert_null(strstr(kt_str_get(&f.log), "excuse w2"));
}

Test(freezer, a_freeze_that_fails_excuses_nobody)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup_def, .def = CGROUPS(CGROUP("a"))),
				OP(freeze_cgroup, .cgroup = "a"))));
	f.fail_on = "freeze a";
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "excuse resume"), "excuse w1\nresume w1\n"));
}
