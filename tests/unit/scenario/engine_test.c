// SPDX-License-Identifier: GPL-2.0-only
/* Whole scenarios, line by line: what the engine asks of its world, in which order. */
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

TestSuite(engine, .init = setup, .fini = done);

Test(engine, a_step_makes_confines_fills_holds_and_takes_down)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(CGROUP("left", .cpuset = CPUS_LLC(0),
					.work = WORKS(WORK(mixed, .workers = 2), WORK(bursty)))))));
	run_in(&f, &t);
	cr_assert_str_eq(kt_str_get(&f.log),
		"setup cpuset\nmark start 0 at 0\n"
		"phase 1 at 0\n"
		"add left\n"
		"cpuset left 0-3\n"
		"spawn w1 'left' kind=mixed workers=2 group=0 phase=1\n"
		"move w1 left pids=100,101\n"
		"allow w1 0-3\n"
		"start w1\n"
		"spawn w2 'left' kind=bursty workers=1 group=1 phase=1\n"
		"move w2 left pids=200\n"
		"allow w2 0-3\n"
		"start w2\n"
		"stimulus phase=1 at=0 ops=0 mask=0x0 cgroups=1 groups=2 iterations=0 knobs=0x20001\n"
		"mark resume 1 at 0\nhold 1000\nmark pause 1 at 1000\nunfreeze left\n"
		"stop w1 w2\n"
		"result 'left' group=0 index=0 phase=1\n"
		"result 'left' group=0 index=1 phase=1\n"
		"result 'left' group=1 index=0 phase=1\n"
		"free w1\n"
		"free w2\n"
		"remove left\nmark end 1 at 1000\n");
}

Test(engine, a_scenario_without_cpusets_asks_for_no_controller)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL)));
	run_in(&f, &t);
	expect_lines(&f, "setup", "setup\n");
}

Test(engine, a_failing_setup_is_an_error_of_the_engine)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL)));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	struct kt_err err = {0};
	f.fail_on = "setup";
	cr_assert_eq(kt_engine_run(plan, &f.env, &err), -EIO);
	cr_assert_str_eq(err.text, "prepare the cgroups of the scenario: setup: refused");
	cr_assert_str_eq(kt_str_get(&f.log), "setup\n");
}

static void body(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "a");
	DO(ctx, spawn, .cgroup = "a");
	ktstr_hold_ms(ctx, 400);
}

Test(engine, what_a_body_makes_lasts_until_it_returns)
{
	const struct ktstr_test t = TEST_OF(.body = body);
	run_in(&f, &t);
	cr_assert_str_eq(kt_str_get(&f.log),
		"setup\nmark start 0 at 0\n"
		"phase 1 at 0\n"
		"add a\n"
		"spawn w1 'a' kind=spin_wait workers=1 group=0 phase=1\n"
		"move w1 a pids=100\n"
		"allow w1 any\n"
		"start w1\n"
		"hold 400\n"
		"stimulus phase=1 at=400 ops=2 mask=0x41 cgroups=1 groups=1 iterations=0\n"
		"mark end 1 at 400\nunfreeze a\n"
		"stop w1\n"
		"result 'a' group=0 index=0 phase=1\n"
		"free w1\n"
		"remove a\n");
}
