// SPDX-License-Identifier: GPL-2.0-only
/* run_payload, wait_payload and kill_payload: what they start, end and tell. */
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

TestSuite(op_payload, .init = setup, .fini = done);

PAYLOAD(bench, .program = "/opt/bench", .args = ARGS("-a"));
PAYLOAD(numbers, .program = "numbers", .name = "n", .output = KTSTR_OUTPUT_JSON,
	.hints = HINTS(HIGHER("ops", "1/s"), LOWER("lat.p99", "us"), TARGET("load", 0.5, "")),
	.checks = EXPECT(METRIC_MIN("ops", 100), METRIC_MAX("lat.p99", 10)));

#define ONE_STEP(...) TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(__VA_ARGS__))))

Test(op_payload, a_payload_runs_with_its_own_arguments_first)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(run_payload, .payload = &bench, .args = ARGS("-b", "c"), .cgroup = "a"));
	run_in(&f, &t);
	expect_lines(&f, "run", "run p1 'a' /opt/bench -a -b c\n");
}

Test(op_payload, without_a_cgroup_it_runs_with_the_harness)
{
	const struct ktstr_test t = ONE_STEP(OP(run_payload, .payload = &bench));
	run_in(&f, &t);
	expect_lines(&f, "run", "run p1 '' /opt/bench -a\n");
}

Test(op_payload, a_wait_comes_before_the_hold_and_tells_how_it_ended)
{
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &bench), OP(wait_payload, .name = "bench"));
	run_in(&f, &t);
	expect_lines(&f, "run wait kill payload drop hold fail note",
		"run p1 '' /opt/bench -a\n"
		"wait p1\n"
		"payload '' bench exited with 0 exit=0 metrics=0 phase=1 failures=\n"
		"drop p1\n"
		"hold 980\n");
}

Test(op_payload, every_number_is_a_metric_with_what_the_hints_say)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(run_payload, .payload = &numbers, .cgroup = "a"), OP(wait_payload, .name = "n"));
	f.payload_out = "{\"ops\": 150, \"lat\": {\"p99\": 9.5}, \"load\": 0.25, \"more\": [1]}";
	run_in(&f, &t);
	expect_lines(&f, "metric payload note fail",
		"metric 'a' n ops=150 unit=1/s higher phase=1\n"
		"metric 'a' n lat.p99=9.5 unit=us lower phase=1\n"
		"metric 'a' n load=0.25 unit= target phase=1\n"
		"metric 'a' n more.0=1 unit= unknown phase=1\n"
		"payload 'a' n exited with 0 exit=0 metrics=4 phase=1 failures=\n");
}

Test(op_payload, checks_that_fail_are_notes_and_the_step_goes_on)
{
	const struct ktstr_test t = ONE_STEP(OP(run_payload, .payload = &numbers),
		OP(wait_payload, .name = "n"), OP(add_cgroup, .name = "after"));
	f.payload_out = "{\"ops\": 99, \"lat\": {\"p99\": 10}}";
	run_in(&f, &t);
	expect_lines(&f, "note fail add",
		"note 1 payload payload 'n' in the cgroup of the harness: metric 'ops' is 99 1/s, "
		"at "
		"least 100 is expected; it said:\n"
		"add after\n");
}

Test(op_payload, a_program_that_fails_is_a_note_with_its_last_words)
{
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &bench), OP(wait_payload, .name = "bench"));
	f.payload_status = 2 << 8;
	f.payload_err = "usage: bench\n";
	run_in(&f, &t);
	cr_assert_not_null(strstr(kt_str_get(&f.log),
		"note 1 payload payload 'bench' in the cgroup of the harness: it exited with 2, "
		"exit code 0 is expected; it said:\nusage: bench\n"));
	cr_assert_null(strstr(kt_str_get(&f.log), "fail 1"));
}

Test(op_payload, a_kill_tells_too_and_its_exit_code_is_not_judged)
{
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &bench), OP(kill_payload, .name = "bench"));
	run_in(&f, &t);
	expect_lines(&f, "kill payload drop note fail",
		"kill p1\n"
		"payload '' bench killed by SIGKILL exit=-1 stopped metrics=0 phase=1 failures=\n"
		"drop p1\n");
}

Test(op_payload, one_that_ended_before_the_kill_is_judged)
{
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &bench), OP(kill_payload, .name = "bench"));
	f.payload_ended = true;
	f.payload_status = 1 << 8;
	run_in(&f, &t);
	expect_lines(&f, "payload",
		"payload '' bench exited with 1 exit=1 metrics=0 phase=1 failures=it exited with "
		"1, "
		"exit code 0 is expected\n");
}

Test(op_payload, a_payload_that_cannot_start_fails_the_step)
{
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &bench), OP(add_cgroup, .name = "after"));
	f.fail_on = "run p1";
	run_in(&f, &t);
	expect_lines(&f, "add kill drop", "");
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"),
		"op 0 (run_payload): start payload 'bench' in the cgroup of the harness"));
}

Test(op_payload, a_wait_beyond_the_payloads_timeout_kills_it_and_fails_the_step)
{
	PAYLOAD(slow, .program = "slow", .timeout_ms = 10);
	const struct ktstr_test t = ONE_STEP(OP(run_payload, .payload = &slow),
		OP(wait_payload, .name = "slow"), OP(add_cgroup, .name = "after"));
	run_in(&f, &t);
	expect_lines(&f, "wait kill payload drop add",
		"wait p1\n"
		"kill p1\n"
		"payload '' slow killed by SIGKILL exit=-1 stopped metrics=0 phase=1 failures=\n"
		"drop p1\n");
	cr_assert_not_null(
		strstr(fake_env_lines(&f, "fail"), "wait for payload 'slow': it did not end within "
						   "its timeout of 10 ms and was killed"));
}

Test(op_payload, a_wait_ends_before_the_scenario_is_ended_from_outside)
{
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &bench), OP(wait_payload, .name = "bench"));
	f.payload_ns = 100 * KT_NS_PER_S;
	f.limit_ns = f.now_ns + 3 * KT_NS_PER_S;
	run_in(&f, &t);
	cr_assert_not_null(strstr(
		fake_env_lines(&f, "fail"), "it still ran after 3000 ms, when the scenario's own "
					    "limit was near, and was killed"));
	expect_lines(&f, "kill drop", "kill p1\ndrop p1\n");
}

Test(op_payload, a_wait_has_no_limit_of_the_duration)
{
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &bench), OP(wait_payload, .name = "bench"));
	f.payload_ns = 100 * KT_NS_PER_S;
	run_in(&f, &t);
	expect_lines(&f, "fail kill", "");
}

Test(op_payload, the_cgroup_tells_two_of_a_name_apart)
{
	const struct ktstr_test t = ONE_STEP(OP(add_cgroup, .name = "a"),
		OP(run_payload, .payload = &bench, .cgroup = "a"),
		OP(run_payload, .payload = &bench),
		OP(wait_payload, .name = "bench", .cgroup = "a"),
		OP(kill_payload, .name = "bench", .in_runner = true));
	run_in(&f, &t);
	expect_lines(&f, "wait kill fail", "wait p1\nkill p2\n");
}

Test(op_payload, output_and_metrics_beyond_the_limits_are_counted)
{
	PAYLOAD(many, .program = "many", .output = KTSTR_OUTPUT_JSON);
	const struct ktstr_test t =
		ONE_STEP(OP(run_payload, .payload = &many), OP(wait_payload, .name = "many"));
	KT_AUTO_DONE(kt_str_done) struct kt_str json = {0};
	kt_str_add(&json, "[0");
	for (unsigned i = 1; i < 600; i++)
		kt_str_addf(&json, ",%u", i);
	kt_str_add(&json, "]");
	f.payload_out = kt_str_get(&json);
	run_in(&f, &t);
	expect_lines(&f, "loss payload",
		"loss metric_dropped 88\n"
		"payload '' many exited with 0 exit=0 metrics=512 phase=1 failures=\n");
}
