// SPDX-License-Identifier: GPL-2.0-only
/* Every knob of a cgroup in a real guest: what its file says afterwards, and what it does. */
#include <ktstr/ktstr.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOUNT "/sys/fs/cgroup/ktstr/"

/* The whole of a cgroup's file without its last newline; "(missing)" when there is none. */
static const char *file_of(const char *cgroup, const char *file)
{
	static char text[4096];
	char path[256];
	snprintf(path, sizeof(path), MOUNT "%s/%s", cgroup, file);
	FILE *in = fopen(path, "r");
	if (!in)
		return "(missing)";
	size_t n = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[n] = '\0';
	if (n && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return text;
}

static void expect(struct ktstr_ctx *ctx, const char *cgroup, const char *file, const char *value)
{
	const char *is = file_of(cgroup, file);
	if (strcmp(is, value) != 0)
		ktstr_fail(ctx, "%s of %s is '%s', not '%s'", file, cgroup, is, value);
}

/* The number behind NAME in a file of lines "NAME NUMBER"; -1 when there is none. */
static long number_of(const char *cgroup, const char *file, const char *name)
{
	const char *line = strstr(file_of(cgroup, file), name);
	return line ? strtol(line + strlen(name), NULL, 10) : -1;
}

static void write_into(const char *cgroup, const char *file, const char *value)
{
	char path[256];
	snprintf(path, sizeof(path), MOUNT "%s/%s", cgroup, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		_exit(90);
	close(fd);
}

/* Run FN in a process that has joined CGROUP. Its status as of waitpid. */
static int run_in_cgroup(const char *cgroup, int (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		write_into(cgroup, "cgroup.procs", "0");
		_exit(fn());
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

static int try_to_fork(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid > 0 ? 1 : errno == EAGAIN ? 0 : 2;
}

static int take_32_mib(void)
{
	size_t bytes = MIB(32);
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < bytes; i += 4096)
		((volatile char *)p)[i] = 1;
	return 1;
}

/* Every row of knob.def that is a file, each with a value that is not the kernel's default. */
static void all_files(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup all = CGROUP("all", .cpuset = CPUS_EXACT("0"), .mems = "0-1",
		.cpu = CPU_QUOTA(50000, 80000), .cpu_weight = 200,
		.memory = {.max = MIB(64), .high = MIB(48), .low = MIB(16), .swap_max = NOTHING},
		.io_weight = 50, .pids_max = 16, .nice = SET(5), .comm = "knobbed",
		.uid = SET(1000), .gid = SET(1001), .numa_node = SET(0), .swappable = true,
		.work = WORKS(WORK(spin_wait, .workers = 2)));
	ktstr_run_cgroup(ctx, &all);
	expect(ctx, "all", "cpuset.cpus", "0");
	expect(ctx, "all", "cpuset.mems", "0-1");
	expect(ctx, "all", "cpu.max", "50000 80000");
	expect(ctx, "all", "cpu.weight", "200");
	expect(ctx, "all", "memory.max", "67108864");
	expect(ctx, "all", "memory.high", "50331648");
	expect(ctx, "all", "memory.low", "16777216");
	expect(ctx, "all", "memory.swap.max", "0");
	expect(ctx, "all", "io.weight", "default 50");
	expect(ctx, "all", "pids.max", "16");
	expect(ctx, "all", "pids.current", "2");
}

/* One memory knob writes all three; an unlimited one is the kernel's word for it. */
static void unlimited_and_unset(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup one = CGROUP("one", .memory = {.high = MIB(100)},
		.cpu = {.quota_us = UNLIMITED, .period_us = 50000}, .pids_max = UNLIMITED,
		.pcomm = "leader");
	ktstr_run_cgroup(ctx, &one);
	expect(ctx, "one", "memory.max", "max");
	expect(ctx, "one", "memory.high", "104857600");
	expect(ctx, "one", "memory.low", "0");
	expect(ctx, "one", "memory.swap.max", "max");
	expect(ctx, "one", "cpu.max", "max 50000");
	expect(ctx, "one", "pids.max", "max");
	DO(ctx, remove_cgroup, .cgroup = "one");
}

static void nested(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup inner = CGROUP("outer/mid/in", .pids_max = 5, .cpu_weight = 3);
	DO(ctx, add_cgroup, .name = "outer");
	DO(ctx, add_cgroup, .name = "outer/mid");
	ktstr_run_cgroup(ctx, &inner);
	expect(ctx, "outer/mid/in", "pids.max", "5");
	expect(ctx, "outer/mid/in", "cpu.weight", "3");
	DO(ctx, remove_cgroup, .cgroup = "outer/mid/in");
	DO(ctx, remove_cgroup, .cgroup = "outer/mid");
	/* The controllers that outer gave to nested ones must be gone before it takes workers. */
	DO(ctx, spawn, .cgroup = "outer");
	DO(ctx, remove_cgroup, .cgroup = "outer");
}

KTSTR_TEST_BODY(written, "every knob stands in its file, also in a nested cgroup",
	.topology = TOPOLOGY(2, 2, 1, 1), .duration_ms = SECONDS(20), .memory_mib = 256)
{
	all_files(ctx);
	unlimited_and_unset(ctx);
	nested(ctx);
}

#define LOOK_MS	  100
#define LOOKS_MAX 100 /* a busy host may need long */
#define LIMITED	  10  /* periods that ended early */

static long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void quota(struct ktstr_ctx *ctx)
{
	long throttled = 0, used_us = 0, may_us = 0, start_ms = now_ms();
	const struct ktstr_cgroup slow = CGROUP("slow", .cpuset = CPUS_EXACT("0"),
		.cpu = CPU_QUOTA_PCT(20), .work = WORKS(WORK(spin_wait, .workers = 2)));
	ktstr_run_cgroup(ctx, &slow);
	/* 20 %, and what the first period may take beyond it, or a CPU that stood still. */
	for (int i = 0; i < LOOKS_MAX && (throttled < LIMITED || used_us > may_us); i++) {
		ktstr_hold_ms(ctx, LOOK_MS);
		throttled = number_of("slow", "cpu.stat", "nr_throttled ");
		used_us = number_of("slow", "cpu.stat", "usage_usec ");
		may_us = (now_ms() - start_ms) * 1000 * 4 / 10;
	}
	if (throttled < LIMITED)
		ktstr_fail(ctx, "the kernel held them up %ld times", throttled);
	if (used_us > may_us)
		ktstr_fail(ctx, "20 %% of a CPU came to %ld us, more than %ld", used_us, may_us);
	DO(ctx, remove_cgroup, .cgroup = "slow");
}

static void pids(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup few = CGROUP("few", .pids_max = 2);
	ktstr_run_cgroup(ctx, &few);
	int status = run_in_cgroup("few", try_to_fork);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		ktstr_fail(ctx, "a fork beyond pids.max was not refused with EAGAIN (%#x)", status);
	if (number_of("few", "pids.events", "max ") < 1)
		ktstr_fail(ctx, "pids.events counts no refusal");
	DO(ctx, remove_cgroup, .cgroup = "few");
}

static void memory(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup small =
		CGROUP("small", .memory = {.max = MIB(8), .swap_max = NOTHING});
	ktstr_run_cgroup(ctx, &small);
	/* While the killed process gives its memory back, the kernel would kill a worker too. */
	DO(ctx, stop_cgroup, .cgroup = "small");
	int status = run_in_cgroup("small", take_32_mib);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		ktstr_fail(ctx, "32 MiB fit into memory.max of 8 MiB (%#x)", status);
	if (number_of("small", "memory.events", "oom_kill ") < 1)
		ktstr_fail(ctx, "memory.events counts no kill");
	DO(ctx, remove_cgroup, .cgroup = "small");
}

static bool gets_beyond(struct ktstr_ctx *ctx, const char *cgroup, uint64_t iterations)
{
	for (int i = 0; i < LOOKS_MAX && ktstr_iterations(ctx, cgroup) <= iterations; i++)
		ktstr_hold_ms(ctx, LOOK_MS);
	return ktstr_iterations(ctx, cgroup) > iterations;
}

static void freeze(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup ice = CGROUP("ice");
	ktstr_run_cgroup(ctx, &ice);
	if (!gets_beyond(ctx, "ice", 0))
		ktstr_fail(ctx, "workers do nothing before they are frozen");
	DO(ctx, freeze_cgroup, .cgroup = "ice");
	uint64_t then = ktstr_iterations(ctx, "ice");
	ktstr_hold_ms(ctx, 500);
	uint64_t now = ktstr_iterations(ctx, "ice");
	if (now != then)
		ktstr_fail(ctx, "frozen workers went from %lu to %lu iterations",
			(unsigned long)then, (unsigned long)now);
	DO(ctx, unfreeze_cgroup, .cgroup = "ice");
	if (!gets_beyond(ctx, "ice", now))
		ktstr_fail(ctx, "workers do not go on after they were unfrozen");
	DO(ctx, freeze_cgroup, .cgroup = "ice"); /* and the end of the body has to undo it */
}

KTSTR_TEST_BODY(effective, "cpu.max limits, pids.max refuses, memory.max kills, freezing stops",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(60), .memory_mib = 256)
{
	quota(ctx);
	pids(ctx);
	memory(ctx);
	freeze(ctx);
}

KTSTR_TEST(threads, "threads of one process in threaded cgroups with knobs of their own",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(3),
	.checks = CHECKS(.not_starved = true, .isolation = true, .max_spread_pct = 90),
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(
			CGROUP("t", .cpuset = CPUS_EXACT("1"), .cpu_weight = 50, .pids_max = 20,
				.work = WORKS(
					WORK(spin_wait, .workers = 2, .mode = KTSTR_MODE_THREADS))),
			CGROUP("p", .cpuset = CPUS_EXACT("0"), .swappable = true)))));
