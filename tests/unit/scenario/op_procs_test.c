// SPDX-License-Identifier: GPL-2.0-only
/* Freezing, and noting the processes of a cgroup. */
#include "scenario/capture.h"
#include "unit/scenario/scenario.h"

#define STEP_OPS(...) STEP(HOLD_MS(0), .ops = OPS(__VA_ARGS__))
#define REFUSED(text, fix, ...)                                                                    \
	do {                                                                                       \
		const struct ktstr_test t_ = TEST_OF(.steps = STEPS(STEP_OPS(__VA_ARGS__)));       \
		expect_refused(&t_, text, fix);                                                    \
	} while (0)

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(op_procs, .init = setup, .fini = done);

Test(op_procs, freezing_twice_and_thawing_twice_is_written_each_time)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup, .name = "a"),
				OP(freeze_cgroup, .cgroup = "a"), OP(freeze_cgroup, .cgroup = "a"),
				OP(unfreeze_cgroup, .cgroup = "a"),
				OP(unfreeze_cgroup, .cgroup = "a"))));
	run_in(&f, &t);
	expect_lines(&f, "freeze unfreeze fail",
		"freeze a\nfreeze a\nunfreeze a\nunfreeze a\n"
		"unfreeze a\n");
}

Test(op_procs, a_missing_cgroup_is_an_error_before_anything_boots)
{
	REFUSED("op 0 (freeze_cgroup): cgroup 'x' is not known", "make it first",
		OP(freeze_cgroup, .cgroup = "x"));
	REFUSED("op 0 (unfreeze_cgroup): cgroup 'x' is not known", "make it first",
		OP(unfreeze_cgroup, .cgroup = "x"));
	REFUSED("its field cgroup of op freeze_cgroup is not set", ".cgroup",
		OP(freeze_cgroup, .cgroup = ""));
	REFUSED("op 0 (capture_cgroup_procs): cgroup 'x' is not known; known: none",
		"make it first", OP(capture_cgroup_procs, .tag = "t", .cgroup = "x"));
}

Test(op_procs, a_refused_freeze_fails_the_step)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup, .name = "a"),
						    OP(freeze_cgroup, .cgroup = "a"))));
	f.fail_on = "freeze a";
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "op 1 (freeze_cgroup): freeze a"));
}

Test(op_procs, a_capture_needs_a_tag_and_a_cgroup)
{
	REFUSED("its tag is empty", "write .tag", OP(add_cgroup, .name = "a"),
		OP(capture_cgroup_procs, .cgroup = "a"));
	REFUSED("its field cgroup of op capture_cgroup_procs is not set", ".cgroup",
		OP(capture_cgroup_procs, .tag = "t"));
}

Test(op_procs, each_capture_is_told_with_its_phase)
{
	const struct ktstr_test t =
		TEST_OF(.backdrop = BACKDROP(.ops = OPS(OP(add_cgroup, .name = "a"),
						     OP(capture_cgroup_procs, .tag = "t",
							     .cgroup = "a"))),
			.steps = STEPS(
				STEP_OPS(OP(capture_cgroup_procs, .tag = "t", .cgroup = "a"))));
	run_in(&f, &t);
	expect_lines(&f, "procs capture",
		"procs a\ncapture t 'a' phase=0 pids=7,8\n"
		"procs a\ncapture t 'a' phase=1 pids=7,8\n");
}

Test(op_procs, a_cgroup_that_cannot_be_read_fails_the_step)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP_OPS(OP(add_cgroup, .name = "a"),
				OP(capture_cgroup_procs, .tag = "t", .cgroup = "a"))));
	f.fail_on = "procs a";
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"),
		"op 1 (capture_cgroup_procs): capture 't': procs a: refused"));
	expect_lines(&f, "capture", "");
}

static void capture_too_often(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "a");
	for (unsigned i = 0; i < KT_CAPTURES_MAX + 2; i++)
		cr_assert_eq(DO(ctx, capture_cgroup_procs, .tag = "t", .cgroup = "a"), 0);
}

Test(op_procs, captures_beyond_the_limit_are_counted)
{
	const struct ktstr_test t = TEST_OF(.body = capture_too_often);
	run_in(&f, &t);
	expect_lines(&f, "loss", "loss capture_dropped 1\nloss capture_dropped 1\n");
}
