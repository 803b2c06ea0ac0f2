// SPDX-License-Identifier: GPL-2.0-only
/* The loop over steps: order, phases, holds, and teardown on every way out. */
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

TestSuite(steps, .init = setup, .fini = done);

#define TEARDOWN "stop result free remove fail"

/* Two steps; the second makes two cgroups by ops and one by its own list. */
static const struct ktstr_test two_steps =
	TEST_OF(.steps = STEPS(STEP(HOLD_MS(100), .cgroups = CGROUPS(CGROUP("first"))),
			STEP(HOLD_MS(200),
				.ops = OPS(OP(add_cgroup, .name = "a"),
					OP(add_cgroup, .name = "a/b"), OP(spawn, .cgroup = "a/b")),
				.cgroups = CGROUPS(CGROUP("c")))));

Test(steps, ops_run_before_the_cgroups_and_the_stimulus_after_both)
{
	run_in(&f, &two_steps);
	expect_lines(&f, "phase add start stimulus hold",
		"phase 1 at 0\n"
		"add first\n"
		"start w1\n"
		"stimulus phase=1 at=0 ops=0 mask=0x0 cgroups=1 groups=1 iterations=0\n"
		"hold 100\n"
		"phase 2 at 100\n"
		"add a\n"
		"add a/b\n"
		"start w2\n"
		"add c\n"
		"start w3\n"
		"stimulus phase=2 at=100 ops=3 mask=0x41 cgroups=3 groups=2 iterations=0\n"
		"hold 200\n");
}

Test(steps, teardown_collects_all_workers_then_removes_cgroups_newest_first)
{
	run_in(&f, &two_steps);
	expect_lines(&f, TEARDOWN,
		"stop w1\nresult 'first' group=0 index=0 phase=1\nfree w1\nremove first\n"
		"stop w2 w3\n"
		"result 'a/b' group=0 index=0 phase=2\n"
		"result 'c' group=0 index=0 phase=2\n"
		"free w2\nfree w3\n"
		"remove c\nremove a/b\nremove a\n");
}

Test(steps, a_failing_op_tears_its_step_down_and_keeps_earlier_results)
{
	f.fail_on = "add a/b";
	run_in(&f, &two_steps);
	expect_lines(&f, TEARDOWN,
		"stop w1\nresult 'first' group=0 index=0 phase=1\nfree w1\nremove first\n"
		"remove a\n"
		"fail 2 step step 1 failed: op 1 (add_cgroup): add a/b: refused (fix: ask the fake "
		"not "
		"to "
		"fail)\n");
}

Test(steps, a_failing_spawn_tears_its_step_down)
{
	f.fail_on = "spawn w2";
	run_in(&f, &two_steps);
	expect_lines(&f, "remove fail stimulus hold",
		"stimulus phase=1 at=0 ops=0 mask=0x0 cgroups=1 groups=1 iterations=0\n"
		"hold 100\n"
		"remove first\n"
		"remove a/b\nremove a\n"
		"fail 2 step step 1 failed: op 2 (spawn): start workers in cgroup 'a/b': spawn w2 "
		"'a/b' kind=spin_wait workers=1 group=0 phase=2: refused (fix: ask the fake not to "
		"fail)\n");
}

Test(steps, a_failing_cgroup_collects_the_workers_that_run_already)
{
	f.fail_on = "add c";
	run_in(&f, &two_steps);
	expect_lines(&f, TEARDOWN,
		"stop w1\nresult 'first' group=0 index=0 phase=1\nfree w1\nremove first\n"
		"stop w2\nresult 'a/b' group=0 index=0 phase=2\nfree w2\n"
		"remove a/b\nremove a\n"
		"fail 2 step step 1 failed: cgroup 0: add c: refused (fix: ask the fake not to "
		"fail)\n");
}

Test(steps, a_failing_cpuset_removes_the_cgroup_it_was_for)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_LLC(0))))));
	f.fail_on = "cpuset a";
	run_in(&f, &t);
	expect_lines(&f, "spawn hold remove", "remove a\n");
}

Test(steps, a_failing_hold_is_a_failing_step)
{
	f.fail_on = "hold 100";
	run_in(&f, &two_steps);
	expect_lines(&f, "fail phase result",
		"phase 1 at 0\n"
		"result 'first' group=0 index=0 phase=1\n"
		"fail 1 step step 0 failed: hold 100: refused (fix: ask the fake not to fail)\n");
}

Test(steps, holds_are_cut_to_what_is_left_of_the_duration)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FRAC(0.75)), STEP(HOLD_MS(600))));
	run_in(&f, &t);
	expect_lines(&f, "hold note", "hold 750\nhold 250\n");
}

Test(steps, time_that_ops_take_is_taken_from_the_hold)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup, .name = "a")))));
	f.call_ns = 30000000;
	run_in(&f, &t);
	expect_lines(&f, "hold stimulus",
		"stimulus phase=1 at=30 ops=1 mask=0x1 cgroups=1 groups=0 iterations=0\nhold "
		"970\n");
}

Test(steps, a_step_after_the_end_of_the_duration_says_that_it_did_not_hold)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL), STEP(HOLD_MS(5))));
	run_in(&f, &t);
	expect_lines(&f, "hold note",
		"hold 1000\n"
		"note 2 hold step 1: nothing is left of the duration of 1000 ms, so it does not "
		"hold "
		"(fix: lengthen the duration, or shorten the holds before)\n");
}

Test(steps, a_hold_of_zero_only_applies_the_ops)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_MS(0), .ops = OPS(OP(add_cgroup, .name = "a")))));
	run_in(&f, &t);
	expect_lines(&f, "add hold note remove", "add a\nremove a\n");
}

Test(steps, a_loop_makes_its_cgroups_once_and_repeats_ops_and_hold)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(400),
				.ops = OPS(OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(1))),
				.cgroups = CGROUPS(CGROUP("a")))));
	run_in(&f, &t);
	expect_lines(&f, "add cpuset hold stimulus stop",
		"add a\n"
		"cpuset a 4-7\nhold 400\n"
		"cpuset a 4-7\nhold 400\n"
		"cpuset a 4-7\nhold 200\n"
		"stop w1\n");
}

Test(steps, a_loop_that_fails_in_a_later_round_is_torn_down)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(400),
				.ops = OPS(OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(1))),
				.cgroups = CGROUPS(CGROUP("a")))));
	f.fail_on = "cpuset a";
	f.fail_after = 1;
	run_in(&f, &t);
	expect_lines(&f, "hold result remove fail",
		"hold 400\n"
		"result 'a' group=0 index=0 phase=1\n"
		"remove a\n"
		"fail 1 step step 0 failed: op 0 (set_cpuset): cpuset a 4-7: refused (fix: ask the "
		"fake "
		"not "
		"to fail)\n");
}

Test(steps, a_loop_notes_an_unknown_target_once)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100),
						    .ops = OPS(OP(remove_cgroup, .cgroup = "x")))));
	run_in(&f, &t);
	expect_lines(&f, "note",
		"note 1 op op 0 (remove_cgroup) of step 0: cgroup 'x' is not known; known: none "
		"(fix: make it first, with the op add_cgroup or add_cgroup_def of this step)\n");
}

Test(steps, a_cgroup_that_cannot_be_removed_is_only_noted)
{
	f.fail_on = "remove first";
	run_in(&f, &two_steps);
	expect_lines(&f, "note fail remove",
		"remove first\n"
		"note 1 cgroup remove first: refused (fix: ask the fake not to fail)\n"
		"remove c\nremove a/b\nremove a\n");
}

Test(steps, workers_that_are_late_are_counted_as_lost_reports)
{
	f.late = 1;
	run_in(&f, &two_steps);
	expect_lines(&f, "loss", "loss worker_report 1\n");
}

Test(steps, the_stimulus_sums_the_iterations_of_all_groups)
{
	f.iterations = 21;
	run_in(&f, &two_steps);
	expect_lines(&f, "stimulus",
		"stimulus phase=1 at=0 ops=0 mask=0x0 cgroups=1 groups=1 iterations=21\n"
		"stimulus phase=2 at=100 ops=3 mask=0x41 cgroups=3 groups=2 iterations=42\n");
}
