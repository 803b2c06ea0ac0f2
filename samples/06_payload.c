// SPDX-License-Identifier: GPL-2.0-only
/*
 * Foreign programs: found where you start the test, or in PATH, and put into the machine with
 * their libraries. Each number of the JSON that one prints becomes a metric of the result; -v
 * shows them. Both programs are in Debian's package rt-tests.
 */
#include <ktstr/ktstr.h>

PAYLOAD(messages, .program = "hackbench", .args = ARGS("--groups=1", "--loops=1000000"));

PAYLOAD(latency, .program = "cyclictest", .args = ARGS("--quiet", "--json=/dev/stdout"),
	.known_flags = FLAGS("quiet", "json", "loops"),
	.output = KTSTR_OUTPUT_JSON,
	.hints = HINTS(LOWER("thread.0.avg", "us"), LOWER("thread.0.max", "us")),
	.checks = EXPECT(EXIT_CODE(0), METRIC_RANGE("thread.0.cycles", 50, 60)));

/* Checks of payloads that ops run are notes: the step goes on, whatever they measured. */
KTSTR_TEST(beside, "wake-up latencies beside programs that send messages",
	.topology = TOPOLOGY(1, 1, 2, 1),
	.duration_ms = SECONDS(20),
	.steps = STEPS(
		STEP(HOLD_MS(100),
			.ops = OPS(OP(add_cgroup, .name = "noise"),
				OP(run_payload, .payload = &messages, .cgroup = "noise",
					.args = ARGS("--fds=2", "--loops=20")),
				OP(run_payload, .payload = &latency, .args = ARGS("--loops=50")),
				OP(wait_payload, .name = "cyclictest"),
				OP(wait_payload, .name = "hackbench"))),
		STEP(HOLD_MS(300), .cgroups = CGROUPS(CGROUP("pair", .payload = &messages)))));

/* Those that a body runs decide about the test. */
KTSTR_TEST_BODY(alone, "wake-up latencies of an idle machine",
	.topology = TOPOLOGY(1, 1, 1, 1),
	.duration_ms = SECONDS(3),
	.payloads = PAYLOADS(&latency))
{
	struct ktstr_payload_result result;

	if (RUN(ctx, &result, &latency, .args = ARGS("--loops=50"), .timeout_ms = SECONDS(30)) < 0)
		return;
	if (ktstr_metric(&result, "thread.0.max", -1) < ktstr_metric(&result, "thread.0.min", 0))
		ktstr_fail(ctx, "the longest latency is below the shortest");
}
