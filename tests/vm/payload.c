// SPDX-License-Identifier: GPL-2.0-only
/* Foreign programs in a real guest: Debian's stress-ng and hackbench, and one of our own. */
#include <ktstr/ktstr.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROCS_MAX 64

PAYLOAD(stress, .program = "stress-ng", .args = ARGS("--cpu", "2", "--cpu-method", "int64"),
	.known_flags = FLAGS("cpu", "cpu-method", "timeout"));
PAYLOAD(messages, .program = "hackbench", .args = ARGS("-g", "1", "-f", "2", "-l", "20"));
PAYLOAD(numbers, .program = "build/vm/numbers", .args = ARGS("--read=/include-files/payload.txt"),
	.output = KTSTR_OUTPUT_JSON, .includes = INCLUDES("tests/vm/payload.txt"),
	.hints = HINTS(TARGET("read", 42, "answers")),
	.checks = EXPECT(EXIT_CODE(0), METRIC_RANGE("read", 42, 42)));
PAYLOAD(endless, .program = "build/vm/numbers", .name = "endless", .args = ARGS("--forever"),
	.output = KTSTR_OUTPUT_JSON, .checks = EXPECT(METRIC_MIN("start.cpus", 1000)));
PAYLOAD(beside, .program = "build/vm/numbers", .name = "beside", .args = ARGS("--forever"),
	.output = KTSTR_OUTPUT_JSON);

KTSTR_TEST(steps, "payloads run, are waited for and killed, and what they measured is kept",
	.topology = TOPOLOGY(1, 2, 2, 1), .duration_ms = SECONDS(30),
	.backdrop = {.payloads = PAYLOADS(&beside)},
	.steps = STEPS(
		STEP(HOLD_MS(100),
			.ops = OPS(OP(add_cgroup, .name = "half"),
				OP(set_cpuset, .cgroup = "half", .cpus = CPUS_LLC(1)),
				OP(run_payload, .payload = &numbers, .cgroup = "half"),
				OP(run_payload, .payload = &messages, .cgroup = "half"),
				OP(wait_payload, .name = "numbers"),
				OP(wait_payload, .name = "hackbench", .cgroup = "half"))),
		STEP(HOLD_MS(100),
			.ops = OPS(OP(run_payload, .payload = &endless),
				OP(add_cgroup, .name = "x"),
				OP(run_payload, .payload = &endless, .cgroup = "x"),
				OP(freeze_cgroup, .cgroup = "x"),
				OP(kill_payload, .name = "endless", .cgroup = "x"))),
		STEP(HOLD_MS(500), .cgroups = CGROUPS(CGROUP("y", .payload = &endless))),
		STEP(HOLD_MS(1), .ops = OPS(OP(kill_payload, .name = "beside")))));

/* The processes of cgroup half; how many. */
static size_t read_procs(pid_t *pids)
{
	size_t n = 0;
	long pid;
	FILE *f = fopen("/sys/fs/cgroup/ktstr/half/cgroup.procs", "re");
	while (f && n < PROCS_MAX && fscanf(f, "%ld", &pid) == 1)
		pids[n++] = (pid_t)pid;
	if (f)
		fclose(f);
	return n;
}

static void expect_confined(struct ktstr_ctx *ctx, pid_t pid)
{
	cpu_set_t cpus;
	if (sched_getaffinity(pid, sizeof(cpus), &cpus) < 0)
		return; /* it ended meanwhile */
	if (CPU_COUNT(&cpus) != 2 || !CPU_ISSET(2, &cpus) || !CPU_ISSET(3, &cpus))
		ktstr_fail(ctx, "process %d of stress-ng may use %d CPUs, not 2-3", (int)pid,
			CPU_COUNT(&cpus));
}

static void expect_gone(struct ktstr_ctx *ctx, const pid_t *pids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (kill(pids[i], 0) == 0) /* also of one that nobody has reaped */
			ktstr_fail(ctx, "process %d of stress-ng outlived its payload", (int)pids[i]);
}

/* Two workers and the program itself; killing the one takes the others along. */
static void run_stress(struct ktstr_ctx *ctx)
{
	pid_t pids[PROCS_MAX];
	size_t count = 0;
	DO(ctx, run_payload, .payload = &stress, .args = ARGS("--timeout", "60"), .cgroup = "half");
	for (unsigned i = 0; i < 400 && count < 3; i++) {
		usleep(50000);
		count = read_procs(pids);
	}
	if (count < 3)
		ktstr_fail(ctx, "cgroup half has %zu processes of stress-ng, 3 are expected", count);
	for (size_t i = 0; i < count; i++)
		expect_confined(ctx, pids[i]);
	DO(ctx, kill_payload, .name = "stress-ng");
	expect_gone(ctx, pids, count);
}

KTSTR_TEST_BODY(body, "a body runs payloads in its cgroup and looks at their metrics",
	.topology = TOPOLOGY(1, 2, 2, 1), .duration_ms = SECONDS(3),
	.payloads = PAYLOADS(&stress, &messages, &numbers))
{
	struct ktstr_payload_result result = {0};
	DO(ctx, add_cgroup, .name = "half");
	DO(ctx, set_cpuset, .cgroup = "half", .cpus = CPUS_LLC(1));
	if (RUN(ctx, &result, &numbers, .cgroup = "half") < 0)
		return;
	if (!result.passed || ktstr_metric(&result, "start.in_half", 0) != 1)
		ktstr_fail(ctx, "its first instruction did not run in cgroup half");
	if (ktstr_metric(&result, "start.cpus", 0) != 2)
		ktstr_fail(ctx, "its first instruction could run on other CPUs");
	if (ktstr_metric(&result, "group_leader", 0) != 1)
		ktstr_fail(ctx, "it has no process group of its own");
	if (RUN(ctx, &result, &messages) == 0 && result.exit_code != 0)
		ktstr_fail(ctx, "hackbench exited with %d", result.exit_code);
	run_stress(ctx);
}

PAYLOAD(absent, .program = "no-such-program-here");

KTSTR_TEST(missing, "a program that is not on the host is refused before anything boots",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1),
	.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(run_payload, .payload = &absent)))));

PAYLOAD(failing, .program = "build/vm/numbers", .args = ARGS("--read=/nowhere"),
	.output = KTSTR_OUTPUT_JSON, .checks = EXPECT(METRIC_RANGE("read", 42, 42)));

KTSTR_TEST_BODY(gates, "a check of a payload that a body runs fails the test",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1),
	.payloads = PAYLOADS(&failing))
{
	RUN(ctx, NULL, &failing);
}
