// SPDX-License-Identifier: GPL-2.0-only
/* Lifetimes of payloads, those of cgroups and backdrop, and whole runs of a body. */
#include "base/clock.h"
#include "unit/scenario/scenario.h"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
	f.payload_ns = 20 * KT_NS_PER_MS;
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(state_payload, .init = setup, .fini = done);

PAYLOAD(one, .program = "one");
PAYLOAD(two, .program = "two");
PAYLOAD(three, .program = "three");
PAYLOAD(numbers, .program = "numbers", .output = KTSTR_OUTPUT_JSON,
	.hints = HINTS(HIGHER("ops", "1/s")), .checks = EXPECT(METRIC_MIN("ops", 100)));

Test(state_payload, the_payload_of_a_cgroup_starts_after_its_workers)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .payload = &one)))));
	run_in(&f, &t);
	expect_lines(&f, "add start run kill stop remove",
		"add a\nstart w1\nrun p1 'a' one\nkill p1\nstop w1\nremove a\n");
}

Test(state_payload, the_end_of_a_step_kills_the_newest_first_and_before_the_workers)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(run_payload, .payload = &one),
							       OP(run_payload, .payload = &two),
							       OP(run_payload, .payload = &three),
							       OP(kill_payload, .name = "two"),
							       OP(spawn, .in_runner = true)))));
	run_in(&f, &t);
	expect_lines(&f, "kill stop", "kill p2\nkill p3\nkill p1\nstop w1\n");
}

Test(state_payload, the_end_of_a_step_tells_what_was_measured)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FULL, .ops = OPS(OP(run_payload, .payload = &numbers)))));
	f.payload_out = "{\"ops\": 120}";
	run_in(&f, &t);
	expect_lines(&f, "metric payload",
		"metric '' numbers ops=120 unit=1/s higher phase=1\n"
		"payload '' numbers killed by SIGKILL exit=-1 stopped metrics=1 phase=1 "
		"failures=\n");
}

Test(state_payload, a_failed_step_still_tells_of_its_payloads)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
						    .ops = OPS(OP(run_payload, .payload = &numbers),
							    OP(add_cgroup, .name = "a")))));
	f.payload_out = "{\"ops\": 120}";
	f.fail_on = "add a";
	run_in(&f, &t);
	expect_lines(&f, "metric", "metric '' numbers ops=120 unit=1/s higher phase=1\n");
	cr_assert_neq(*fake_env_lines(&f, "fail"), '\0');
}

Test(state_payload, removing_or_stopping_a_cgroup_ends_only_its_payloads)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.ops = OPS(OP(add_cgroup, .name = "a"), OP(add_cgroup, .name = "b"),
					OP(run_payload, .payload = &one, .cgroup = "a"),
					OP(run_payload, .payload = &one, .cgroup = "b"),
					OP(run_payload, .payload = &two, .cgroup = "a"),
					OP(remove_cgroup, .cgroup = "a"),
					OP(stop_cgroup, .cgroup = "b")))));
	run_in(&f, &t);
	expect_lines(&f, "kill remove hold",
		"kill p3\nkill p1\nremove a\nkill p2\nhold 1000\nremove b\n");
}

Test(state_payload, the_backdrops_run_through_all_steps)
{
	const struct ktstr_test t =
		TEST_OF(.backdrop = {.cgroups = CGROUPS(CGROUP("base", .payload = &one)),
				.ops = OPS(OP(run_payload, .payload = &three, .cgroup = "base")),
				.payloads = PAYLOADS(&two)},
			.steps = STEPS(
				STEP(HOLD_MS(10), .ops = OPS(OP(run_payload, .payload = &one))),
				STEP(HOLD_MS(10), .ops = OPS(OP(wait_payload, .name = "two")))));
	run_in(&f, &t);
	expect_lines(&f, "run phase wait kill",
		"run p1 'base' one\nrun p2 'base' three\nrun p3 '' two\n"
		"phase 1 at 0\nrun p4 '' one\nkill p4\n"
		"phase 2 at 10\nwait p3\n"
		"kill p2\nkill p1\n");
}

Test(state_payload, a_kill_that_fails_at_an_end_is_a_note)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
						    .ops = OPS(OP(run_payload, .payload = &one)))));
	f.fail_on = "kill p1";
	run_in(&f, &t);
	expect_lines(&f, "fail drop", "drop p1\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "note"), "payload 'one': kill p1: refused"));
}

Test(state_payload, a_loop_can_run_and_wait_in_every_round)
{
	const struct ktstr_test t = TEST_OF(.steps = STEPS(STEP(HOLD_LOOP(480),
						    .ops = OPS(OP(run_payload, .payload = &one),
							    OP(wait_payload, .name = "one")))));
	run_in(&f, &t);
	expect_lines(&f, "run wait kill", "run p1 '' one\nwait p1\nrun p2 '' one\nwait p2\n");
}

static struct ktstr_payload_result result;
static double ops, missing;
static int returned;

static void run_one(struct ktstr_ctx *ctx)
{
	DO(ctx, add_cgroup, .name = "a");
	returned = RUN(ctx, &result, &numbers, .args = ARGS("-x"), .cgroup = "a");
	ops = ktstr_metric(&result, "ops", -1);
	missing = ktstr_metric(&result, "none", -1);
	if (result.metric_count)
		cr_assert_str_eq(result.metrics[0].unit, "1/s");
}

static void run_body(void (*body)(struct ktstr_ctx *ctx))
{
	const struct ktstr_test t = TEST_OF(.body = body);
	result = (struct ktstr_payload_result){0};
	run_in(&f, &t);
}

Test(state_payload, a_body_gets_the_metrics_of_its_run)
{
	f.payload_out = "{\"ops\": 120}";
	run_body(run_one);
	cr_assert_eq(returned, 0);
	cr_assert(result.passed && result.exit_code == 0);
	cr_assert_eq(ops, 120);
	cr_assert_eq(missing, -1);
	expect_lines(
		&f, "run wait kill drop fail note", "run p1 'a' numbers -x\nwait p1\ndrop p1\n");
}

Test(state_payload, a_failed_check_of_a_bodys_run_fails_the_test)
{
	f.payload_out = "{\"ops\": 12}";
	run_body(run_one);
	cr_assert_eq(returned, 0);
	cr_assert(!result.passed);
	cr_assert_not_null(
		strstr(fake_env_lines(&f, "fail"), "fail 1 payload payload 'numbers' in cgroup "
						   "'a': metric 'ops' is 12 1/s, at least 100"));
}

Test(state_payload, a_bodys_run_without_json_fails_the_test)
{
	f.payload_out = "hello";
	run_body(run_one);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"),
		"no metrics: there is no JSON object or array in what it printed"));
}

static void run_late(struct ktstr_ctx *ctx)
{
	returned = RUN(ctx, NULL, &one, .timeout_ms = 5);
}

Test(state_payload, a_bodys_run_has_a_timeout)
{
	run_body(run_late);
	cr_assert_eq(returned, -ETIMEDOUT);
	expect_lines(&f, "kill drop", "kill p1\ndrop p1\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "within its timeout of 5 ms"));
}

static void run_wrong(struct ktstr_ctx *ctx)
{
	returned = ktstr_run_payload(
		ctx, &one, &(const struct ktstr_payload_call){.cgroup = "nowhere"}, NULL);
}

Test(state_payload, a_bodys_run_asks_the_rules)
{
	run_body(run_wrong);
	cr_assert_eq(returned, -EINVAL);
	expect_lines(&f, "run", "");
	cr_assert_not_null(
		strstr(fake_env_lines(&f, "fail"), "cgroup 'nowhere' is not known; known: none"));
}

static void run_plain(struct ktstr_ctx *ctx)
{
	returned = ktstr_run_payload(ctx, &one, NULL, &result);
}

Test(state_payload, a_bodys_run_needs_no_more_than_a_payload)
{
	f.payload_status = 9; /* a signal */
	run_body(run_plain);
	cr_assert_eq(returned, 0);
	cr_assert_eq(result.exit_code, -1);
	cr_assert_not_null(strstr(
		fake_env_lines(&f, "fail"), "it was killed by SIGKILL, exit code 0 is expected"));
}
