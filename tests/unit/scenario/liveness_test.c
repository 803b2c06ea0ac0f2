// SPDX-License-Identifier: GPL-2.0-only
/* What the end of the scheduler under test does to a scenario. */
#include "scenario/liveness.h"

#include "base/clock.h"
#include "unit/scenario/scenario.h"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
	f.scheduler = 77;
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(liveness, .init = setup, .fini = done);

/* It ends MS after the start of the scenario, which is where the clock of the fake stands. */
static void dies_after(uint64_t ms)
{
	f.dies_ns = f.now_ns + ms * KT_NS_PER_MS;
}

static const struct ktstr_test two_steps =
	TEST_OF(.backdrop = BACKDROP(.ops = OPS(OP(add_cgroup, .name = "b"))),
		.steps = STEPS(
			STEP(HOLD_MS(100), .cgroups = CGROUPS(CGROUP("a"))), STEP(HOLD_MS(200))));

Test(liveness, a_death_during_a_hold_ends_hold_and_scenario_and_keeps_the_results)
{
	dies_after(40);
	f.sched_end = KT_SCHED_END_CRASHED;
	run_in(&f, &two_steps);
	expect_lines(&f, "hold fail result remove phase",
		"phase 1 at 0\nhold 40\n"
		"fail 1 sched_crashed the scheduler (process 77) crashed while step 0 ran, 0.040 s "
		"after the start of the scenario (fix: see what it printed and the kernel's log "
		"for the reason)\n"
		"result 'a' group=0 index=0 phase=1\nremove a\nremove b\n");
}

/* Nothing holds, so that only the look after the step can see it. */
Test(liveness, a_death_is_seen_after_a_step_without_a_hold)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_MS(0)),
				STEP(HOLD_MS(0), .ops = OPS(OP(add_cgroup, .name = "x")))));
	f.sched_end = KT_SCHED_END_EXITED;
	f.dies_after_looks = 2;
	run_in(&f, &t);
	expect_lines(&f, "add fail",
		"fail 1 sched_exited the scheduler (process 77) exited by itself after step 1 of "
		"2, 0.000 s after the start of the scenario (fix: see what it printed and the "
		"kernel's log for the reason)\n");
}

Test(liveness, a_death_after_the_last_step_fails_the_test_too)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_MS(0))));
	f.dies_after_looks = 2;
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "after step 1 of 1"));
}

Test(liveness, a_loop_ends_with_the_scheduler)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(100),
						    .ops = OPS(OP(stop_cgroup, .cgroup = "x")))));
	dies_after(250);
	run_in(&f, &t);
	expect_lines(&f, "hold", "hold 100\nhold 100\nhold 50\n");
}

Test(liveness, a_scheduler_that_lives_changes_nothing)
{
	run_in(&f, &two_steps);
	expect_lines(&f, "fail", "");
	expect_lines(&f, "stop", "stop w1\n");
}

static int second_hold;

static void holds_twice(struct ktstr_ctx *ctx)
{
	cr_assert_eq(ktstr_hold_ms(ctx, 100), -ESRCH);
	second_hold = ktstr_hold_ms(ctx, 100);
}

Test(liveness, a_body_is_told_by_its_hold_and_the_end_is_recorded_once)
{
	const struct ktstr_test t = TEST_OF(.body = holds_twice);
	dies_after(30);
	run_in(&f, &t);
	cr_assert_eq(second_hold, -ESRCH);
	expect_lines(&f, "fail",
		"fail 1 sched_died the scheduler (process 77) ended, and why is not known during a "
		"hold of the body, 0.030 s after the start of the scenario (fix: see what it "
		"printed and the kernel's log for the reason)\n");
}

static void does_nothing(struct ktstr_ctx *ctx)
{
	(void)ctx;
}

Test(liveness, a_death_is_seen_at_the_end_of_a_body)
{
	const struct ktstr_test t = TEST_OF(.body = does_nothing);
	dies_after(0);
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "before the end of the body"));
}

Test(liveness, a_failure_to_look_fails_the_test)
{
	f.fail_on = "hold 0";
	run_in(&f, &two_steps);
	cr_assert_not_null(
		strstr(fake_env_lines(&f, "fail"), "after step 1 of 2: hold 0: refused"));
}
