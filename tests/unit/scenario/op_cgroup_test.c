// SPDX-License-Identifier: GPL-2.0-only
/* add_cgroup, add_cgroup_def, remove_cgroup and stop_cgroup as the world sees them. */
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

TestSuite(op_cgroup, .init = setup, .fini = done);

static const struct ktstr_cgroup def = {.name = "d", .cpuset = CPUS_EXACT("1-2")};

#define ONE_STEP(...) TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(__VA_ARGS__))))

Test(op_cgroup, add_cgroup_makes_an_empty_cgroup)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"));
	run_in(&f, &t);
	expect_lines(&f, "add cpuset spawn remove", "add a\nremove a\n");
}

Test(op_cgroup, add_cgroup_def_makes_confines_and_fills_a_cgroup)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup_def, .def = &def));
	run_in(&f, &t);
	expect_lines(&f, "add cpuset allow start remove",
		"add d\ncpuset d 1-2\nallow w1 1-2\nstart w1\nremove d\n");
}

Test(op_cgroup, stop_cgroup_keeps_the_cgroup_and_the_results)
{
	const struct ktstr_test t =
		ONE_STEP(OP(add_cgroup_def, .def = &def), OP(stop_cgroup, .cgroup = "d"));
	run_in(&f, &t);
	expect_lines(&f, "stop result free hold remove",
		"stop w1\nresult 'd' group=0 index=0 phase=1\nfree w1\nhold 1000\nremove d\n");
}

Test(op_cgroup, stop_cgroup_of_an_unknown_cgroup_does_nothing)
{
	const struct ktstr_test t = ONE_STEP(OP(stop_cgroup, .cgroup = "x"));
	run_in(&f, &t);
	expect_lines(&f, "stop note fail", "");
}

Test(op_cgroup, stop_cgroup_leaves_other_cgroups_alone)
{
	const struct ktstr_test t =
		ONE_STEP(OP(add_cgroup_def, .def = &def), OP(add_cgroup, .name = "d/n"),
			OP(spawn, .cgroup = "d/n"), OP(stop_cgroup, .cgroup = "d"));
	run_in(&f, &t);
	expect_lines(&f, "stop hold", "stop w1\nhold 1000\nstop w2\n");
}

Test(op_cgroup, remove_cgroup_collects_its_workers_first)
{
	const struct ktstr_test t =
		ONE_STEP(OP(add_cgroup_def, .def = &def), OP(remove_cgroup, .cgroup = "d"));
	run_in(&f, &t);
	expect_lines(&f, "stop result remove hold",
		"stop w1\nresult 'd' group=0 index=0 phase=1\nremove d\nhold 1000\n");
}

Test(op_cgroup, a_removed_name_can_be_made_again_and_starts_fresh)
{
	const struct ktstr_test t =
		ONE_STEP(OP(add_cgroup_def, .def = &def), OP(remove_cgroup, .cgroup = "d"),
			OP(add_cgroup, .name = "d"), OP(spawn, .cgroup = "d"));
	run_in(&f, &t);
	expect_lines(&f, "add remove allow spawn",
		"add d\n"
		"spawn w1 'd' kind=spin_wait workers=1 group=0 phase=1\n"
		"allow w1 1-2\n"
		"remove d\nadd d\n"
		"spawn w2 'd' kind=spin_wait workers=1 group=0 phase=1\n"
		"allow w2 any\n"
		"remove d\n");
}

Test(op_cgroup, remove_cgroup_of_an_unknown_cgroup_is_noted_and_goes_on)
{
	const struct ktstr_test t = ONE_STEP(OP(remove_cgroup, .cgroup = "x"));
	run_in(&f, &t);
	expect_lines(&f, "remove fail hold", "hold 1000\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "note"), "cgroup 'x' is not known"));
}

Test(op_cgroup, a_removal_that_fails_is_noted_and_tried_again_at_the_end)
{
	const struct ktstr_test t =
		ONE_STEP(OP(add_cgroup, .name = "a"), OP(remove_cgroup, .cgroup = "a"));
	f.fail_on = "remove a";
	run_in(&f, &t);
	expect_lines(&f, "remove note hold fail",
		"remove a\n"
		"note 1 cgroup remove a: refused (fix: ask the fake not to fail)\n"
		"hold 1000\n"
		"remove a\n"
		"note 1 cgroup remove a: refused (fix: ask the fake not to fail)\n");
}
