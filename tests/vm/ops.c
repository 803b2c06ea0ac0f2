// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every op on cgroups, cpusets and workers in a real guest, each with something that shows it
 * worked: once from tables, where the checks of the test see it, and once from a body, which
 * looks at the kernel's own files.
 */
#include <ktstr/ktstr.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup/ktstr/"

/* Workers of the backdrop that were moved and exchanged may not be seen outside of their CPUs. */
KTSTR_TEST(tables, "all ops from tables, in an order that needs each of them",
	.topology = TOPOLOGY(1, 2, 2, 1), .duration_ms = SECONDS(7),
	.checks = CHECKS(.isolation = true),
	.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("keep", .cpuset = CPUS_LLC(0))),
		.ops = OPS(OP(add_cgroup, .name = "park"))),
	.steps = STEPS(
		STEP(HOLD_FRAC(0.2),
			.ops = OPS(OP(add_cgroup, .name = "a"),
				OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(0)),
				OP(spawn, .cgroup = "a", .work = WORKS(WORK(spin_wait))),
				OP(add_cgroup_def,
					.def = CGROUPS(CGROUP("b", .cpuset = CPUS_LLC(1)))),
				OP(swap_cpusets, .a = "a", .b = "b"),
				OP(set_affinity, .cgroup = "a", .affinity = AFFINITY_SINGLE),
				OP(capture_cgroup_procs, .tag = "in_a", .cgroup = "a"),
				OP(freeze_cgroup, .cgroup = "b"),
				OP(spawn, .in_runner = true, .work = WORKS(WORK(yield_heavy))))),
		/* Frozen at its end: who is stopped must be let go first. */
		STEP(HOLD_FRAC(0.1),
			.ops = OPS(OP(freeze_cgroup, .cgroup = "keep"),
				OP(unfreeze_cgroup, .cgroup = "keep"),
				OP(move_all_tasks, .from = "keep", .to = "park"),
				OP(spawn, .cgroup = "park"), OP(freeze_cgroup, .cgroup = "park"))),
		STEP(HOLD_FRAC(0.1), .ops = OPS(OP(unfreeze_cgroup, .cgroup = "park"),
					     OP(move_all_tasks, .from = "park", .to = "keep"),
					     OP(clear_cpuset, .cgroup = "keep"))),
		STEP(HOLD_LOOP(100),
			.ops = OPS(OP(add_cgroup_def,
					   .def = CGROUPS(CGROUP("a", .cpuset = CPUS_EXACT("0")))),
				OP(stop_cgroup, .cgroup = "a"),
				OP(remove_cgroup, .cgroup = "a")))));

static bool has_cgroup(const char *name)
{
	char path[256];
	snprintf(path, sizeof(path), ROOT "%s", name);
	return access(path, F_OK) == 0;
}

/* The first line of a cgroup's file, "" when it cannot be read. */
static const char *line_of(const char *cgroup, const char *file)
{
	static char line[256];
	char path[256];
	snprintf(path, sizeof(path), ROOT "%s/%s", cgroup, file);
	FILE *f = fopen(path, "r");
	line[0] = '\0';
	if (f && fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
	return line;
}

static void expect_line(
	struct ktstr_ctx *ctx, const char *cgroup, const char *file, const char *expected)
{
	const char *line = line_of(cgroup, file);
	if (strcmp(line, expected) != 0)
		ktstr_fail(
			ctx, "%s of cgroup '%s' says '%s', not '%s'", file, cgroup, line, expected);
}

/* Whether the workers of the cgroup get on; a busy host may need long for it. */
static bool gets_on(struct ktstr_ctx *ctx, const char *cgroup)
{
	uint64_t before = ktstr_iterations(ctx, cgroup);
	for (int i = 0; i < 100 && ktstr_iterations(ctx, cgroup) == before; i++)
		ktstr_hold_ms(ctx, 100);
	return ktstr_iterations(ctx, cgroup) != before;
}

static bool stands_still(struct ktstr_ctx *ctx, const char *cgroup)
{
	uint64_t before = ktstr_iterations(ctx, cgroup);
	ktstr_hold_ms(ctx, 300);
	return ktstr_iterations(ctx, cgroup) == before;
}

static void see_lifetimes(struct ktstr_ctx *ctx)
{
	if (!has_cgroup("keep") || !gets_on(ctx, "keep"))
		ktstr_fail(ctx, "the backdrop was not there before the body");
	DO(ctx, add_cgroup, .name = "a");
	DO(ctx, add_cgroup_def, .def = CGROUPS(CGROUP("b", .cpuset = CPUS_EXACT("1"))));
	if (!has_cgroup("a") || !has_cgroup("b"))
		ktstr_fail(ctx, "add_cgroup or add_cgroup_def made no folder");
	ktstr_run_steps(ctx, STEPS(STEP(HOLD_MS(10), .cgroups = CGROUPS(CGROUP("local")))));
	if (has_cgroup("local") || !has_cgroup("a"))
		ktstr_fail(ctx, "a step must end with what it made, and with nothing else");
}

static void see_cpusets(struct ktstr_ctx *ctx)
{
	DO(ctx, set_cpuset, .cgroup = "a", .cpus = CPUS_EXACT("0"));
	expect_line(ctx, "a", "cpuset.cpus", "0");
	DO(ctx, swap_cpusets, .a = "a", .b = "b");
	expect_line(ctx, "a", "cpuset.cpus", "1");
	expect_line(ctx, "b", "cpuset.cpus", "0");
	DO(ctx, clear_cpuset, .cgroup = "a");
	expect_line(ctx, "a", "cpuset.cpus", "");
	/* One side has none any more: it is not copied, the other one is. */
	DO(ctx, swap_cpusets, .a = "a", .b = "b");
	expect_line(ctx, "a", "cpuset.cpus", "0");
	expect_line(ctx, "b", "cpuset.cpus", "0");
	DO(ctx, clear_cpuset, .cgroup = "a");
}

static void see_workers(struct ktstr_ctx *ctx)
{
	pid_t pids[4] = {0}, captured[4] = {0};
	cpu_set_t cpus;
	DO(ctx, spawn, .cgroup = "a", .work = WORKS(WORK(spin_wait, .workers = 2)));
	DO(ctx, capture_cgroup_procs, .tag = "spawned", .cgroup = "a");
	if (ktstr_pids(ctx, "a", pids, 4) != 2 ||
		ktstr_captured_procs(ctx, "spawned", captured, 4) != 2)
		ktstr_fail(ctx, "spawn made not two workers that the kernel has in the cgroup");
	for (int i = 0; i < 2; i++)
		if (captured[i] != pids[0] && captured[i] != pids[1])
			ktstr_fail(
				ctx, "process %d is in the cgroup and no worker", (int)captured[i]);
	DO(ctx, set_affinity, .cgroup = "a", .affinity = AFFINITY_EXACT("1"));
	if (sched_getaffinity(pids[1], sizeof(cpus), &cpus) || CPU_COUNT(&cpus) != 1 ||
		!CPU_ISSET(1, &cpus))
		ktstr_fail(ctx, "set_affinity did not reach the worker");
	DO(ctx, move_all_tasks, .from = "a", .to = "b");
	expect_line(ctx, "a", "cgroup.procs", "");
	if (!gets_on(ctx, "b") || ktstr_iterations(ctx, "a") != 0)
		ktstr_fail(ctx, "move_all_tasks did not take the workers along");
}

static void see_freezing(struct ktstr_ctx *ctx)
{
	DO(ctx, freeze_cgroup, .cgroup = "b");
	DO(ctx, freeze_cgroup, .cgroup = "b");
	if (strcmp(line_of("b", "cgroup.freeze"), "1") != 0 || !stands_still(ctx, "b"))
		ktstr_fail(ctx, "the workers of a frozen cgroup get on");
	DO(ctx, unfreeze_cgroup, .cgroup = "b");
	DO(ctx, unfreeze_cgroup, .cgroup = "b");
	if (!gets_on(ctx, "b"))
		ktstr_fail(ctx, "the workers of a cgroup that was thawed do not get on");
}

static void see_ends(struct ktstr_ctx *ctx)
{
	DO(ctx, freeze_cgroup, .cgroup = "b");
	DO(ctx, stop_cgroup, .cgroup = "b");
	if (ktstr_iterations(ctx, "b") != 0 || !has_cgroup("b"))
		ktstr_fail(ctx, "stop_cgroup must stop the workers and keep the cgroup");
	expect_line(ctx, "b", "cgroup.freeze", "1");
	expect_line(ctx, "b", "cgroup.procs", "");
	DO(ctx, remove_cgroup, .cgroup = "b");
	if (has_cgroup("b"))
		ktstr_fail(ctx, "remove_cgroup left the folder");
	/* Left frozen: the end of the scenario must get their reports nevertheless. */
	DO(ctx, freeze_cgroup, .cgroup = "keep");
}

static void see_placement_log(struct ktstr_ctx *ctx)
{
	char text[4096] = "";
	FILE *f = fopen("/tmp/ktstr-placement.log", "r");
	if (f && fread(text, 1, sizeof(text) - 1, f) == 0)
		ktstr_fail(ctx, "the placement log is empty");
	if (f)
		fclose(f);
	if (!strstr(text, "started in 'a': ") || !strstr(text, "moving from 'a' to 'b': [") ||
		!strstr(text, "moved, 'b' holds "))
		ktstr_fail(ctx, "the placement log lacks the start or the move: '%s'", text);
}

/* The mean of so many ops that only write a file of a cgroup, beside one of such a write. */
static void see_cost(struct ktstr_ctx *ctx)
{
	enum { TIMES = 50 };
	struct timespec start, middle, end;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < TIMES; i++)
		DO(ctx, unfreeze_cgroup, .cgroup = "a");
	clock_gettime(CLOCK_MONOTONIC, &middle);
	for (int i = 0; i < TIMES; i++) {
		FILE *f = fopen(ROOT "a/cgroup.freeze", "w");
		if (!f || fputs("0", f) < 0 || fclose(f))
			ktstr_fail(ctx, "cannot write cgroup.freeze");
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	long op_ns = (middle.tv_sec - start.tv_sec) * 1000000000L + middle.tv_nsec - start.tv_nsec;
	long own_ns = (end.tv_sec - middle.tv_sec) * 1000000000L + end.tv_nsec - middle.tv_nsec;
	ktstr_note(ctx, "an op takes %ld us, of which the kernel's write is %ld us",
		op_ns / TIMES / 1000, own_ns / TIMES / 1000);
}

KTSTR_TEST_BODY(observed, "what ops do is seen in cgroupfs and in the workers' progress",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(60),
	.backdrop = BACKDROP(.cgroups = CGROUPS(CGROUP("keep"))))
{
	see_lifetimes(ctx);
	see_cpusets(ctx);
	see_cost(ctx);
	see_workers(ctx);
	see_freezing(ctx);
	see_ends(ctx);
	see_placement_log(ctx);
}
