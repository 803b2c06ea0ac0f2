// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every check on one load: with limits that nothing can meet and with limits that everything
 * meets. The load goes wrong in each way that a check looks for: a worker that is frozen, one
 * that is moved out of its cpuset behind the harness's back, one whose memory is on a node
 * without CPUs, pages that move between nodes.
 */
#include <ktstr/custom.h>
#include <ktstr/ktstr.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CGROUPS_DIR  "/sys/fs/cgroup"
#define MEMORY_BYTES (1u << 20)

static void write_file(struct ktstr_ctx *ctx, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ktstr_fail(ctx, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* The first process of a cgroup of the scenario. */
static pid_t first_of(struct ktstr_ctx *ctx, const char *cgroup)
{
	char path[256];
	long pid = 0;

	snprintf(path, sizeof(path), CGROUPS_DIR "/ktstr/%s/cgroup.procs", cgroup);
	FILE *f = fopen(path, "r");
	if (!f || fscanf(f, "%ld", &pid) != 1)
		ktstr_fail(ctx, "%s: no process", path);
	if (f)
		fclose(f);
	return (pid_t)pid;
}

/* Out of its cgroup, and to a CPU that its cpuset does not have. */
static void lead_astray(struct ktstr_ctx *ctx, const char *cgroup, int cpu)
{
	char text[32];
	pid_t pid = first_of(ctx, cgroup);
	cpu_set_t set;

	snprintf(text, sizeof(text), "%d", (int)pid);
	write_file(ctx, CGROUPS_DIR "/cgroup.procs", text);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (pid && sched_setaffinity(pid, sizeof(set), &set) < 0)
		ktstr_fail(ctx, "sched_setaffinity: %s", strerror(errno));
}

/* The cgroup's workers go on once the harness has told them to stop. */
static void thaw_soon(struct ktstr_ctx *ctx, const char *path)
{
	pid_t pid = fork();

	if (pid < 0)
		ktstr_fail(ctx, "fork: %s", strerror(errno));
	if (pid)
		return;
	usleep(1500000);
	write_file(ctx, path, "0");
	_exit(0);
}

/* A worker that is frozen from its first instruction to its stop has got nothing done. */
static void starve(struct ktstr_ctx *ctx)
{
	static const char freeze[] = CGROUPS_DIR "/ktstr/victim/cgroup.freeze";

	KTSTR_DO(ctx, add_cgroup, .name = "victim");
	write_file(ctx, freeze, "1");
	KTSTR_DO(ctx, spawn, .cgroup = "victim", .work = WORKS(WORK(spin_wait)));
	ktstr_hold_ms(ctx, 100);
	thaw_soon(ctx, freeze);
	KTSTR_DO(ctx, stop_cgroup, .cgroup = "victim");
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* A worker that has memory, and has it counted where that is. */
static void touch(struct ktstr_custom *c)
{
	static char *memory;

	if (!memory)
		memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		_exit(1);
	ktstr_custom_memory(c, memory, MEMORY_BYTES);
	while (!ktstr_custom_stopped(c)) {
		memset(memory, 1, MEMORY_BYTES);
		ktstr_custom_progress(c, 1, 1);
		usleep(10000);
	}
}

#define ON_NODE_1                                                                                  \
	WORKS(WORK(custom, .custom = {.run = touch},                                               \
		.mempolicy = MEM_BIND("1", .flags = KTSTR_MPOL_STATIC_NODES)))

/*
 * Memory that must be on node 1: that of one cgroup is sent to node 0, and the node of the other
 * loses its CPUs.
 */
static void misplace(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup moved =
		CGROUP("moved", .cpuset = CPUS_EXACT("0"), .work = ON_NODE_1);
	const struct ktstr_cgroup slow =
		CGROUP("slow", .cpuset = CPUS_EXACT("0"), .work = ON_NODE_1);

	ktstr_run_cgroup(ctx, &moved);
	ktstr_run_cgroup(ctx, &slow);
	ktstr_hold_ms(ctx, 300);
	write_file(ctx, CGROUPS_DIR "/ktstr/moved/cpuset.mems", "0");
	ktstr_hold_ms(ctx, 200);
	write_file(ctx, "/sys/devices/system/cpu/cpu2/online", "0");
	write_file(ctx, "/sys/devices/system/cpu/cpu3/online", "0");
	KTSTR_DO(ctx, stop_cgroup, .cgroup = "moved");
	KTSTR_DO(ctx, stop_cgroup, .cgroup = "slow");
}

/* CPUs 0-1 are node 0, 2-3 node 1. */
static void go_wrong(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup pair = CGROUP("pair", .cpuset = CPUS_EXACT("0"),
		.work = WORKS(WORK(spin_wait, .workers = 2)));
	const struct ktstr_cgroup wakes = CGROUP("wakes", .cpuset = CPUS_EXACT("0"),
		.work = WORKS(WORK(bursty, .bursty = {.burst_ms = 2, .sleep_ms = 3})));
	const struct ktstr_cgroup astray = CGROUP("astray", .cpuset = CPUS_EXACT("1"));

	ktstr_run_cgroup(ctx, &pair);
	ktstr_run_cgroup(ctx, &wakes);
	ktstr_run_cgroup(ctx, &astray);
	ktstr_hold_ms(ctx, 300);
	lead_astray(ctx, "astray", 0);
	ktstr_hold_ms(ctx, 300);
	KTSTR_DO(ctx, stop_cgroup, .cgroup = "astray");
	starve(ctx);
	misplace(ctx);
}

KTSTR_TEST_BODY(strict, "every check fails with a limit that nothing can meet",
	.topology = TOPOLOGY(2, 2, 2, 1), .duration_ms = SECONDS(3),
	.checks = CHECKS(.not_starved = true, .isolation = true, .max_gap_ms = 1e-6,
		.max_spread_pct = 1e-9, .min_iteration_rate = 1e15, .min_work_rate = 1e15,
		.min_work_units = 1e15, .max_throughput_cv = 1e-12, .max_migrations = LIMIT_ZERO,
		.max_migration_ratio = LIMIT_ZERO, .max_p99_wake_latency_ns = 1e-3,
		.max_wake_latency_cv = 1e-12, .max_p99_iteration_cost_ns = 1e-3,
		.min_page_locality = 1, .max_cross_node_migration_ratio = LIMIT_ZERO,
		.max_slow_tier_ratio = LIMIT_ZERO))
{
	go_wrong(ctx);
}

static const struct ktstr_checks lax = CHECKS(.not_starved = true, .isolation = true,
	.max_gap_ms = 1e6, .max_spread_pct = 100, .min_iteration_rate = 1e-9, .min_work_rate = 1e-9,
	.min_work_units = 1, .max_throughput_cv = 1e9, .max_migrations = 1e9,
	.max_migration_ratio = 1e9, .max_p99_wake_latency_ns = 1e12, .max_wake_latency_cv = 1e9,
	.max_p99_iteration_cost_ns = 1e12, .min_page_locality = 1e-9,
	.max_cross_node_migration_ratio = 1e9, .max_slow_tier_ratio = 1);

KTSTR_TEST(lenient, "every check passes with a limit that everything meets",
	.topology = TOPOLOGY(2, 2, 1, 1), .duration_ms = SECONDS(5), .scheduler_checks = &lax,
	.steps = STEPS(STEP(HOLD_FULL,
		.cgroups = CGROUPS(
			CGROUP("spins", .cpuset = CPUS_LLC(0),
				.work = WORKS(WORK(spin_wait, .workers = 2))),
			CGROUP("memory", .cpuset = CPUS_LLC(0),
				.work = WORKS(WORK(custom, .custom = {.run = touch}))),
			CGROUP("wakes", .cpuset = CPUS_LLC(1),
				.work = WORKS(WORK(bursty, .bursty = {.burst_ms = 2, .sleep_ms = 3})))))));

KTSTR_TEST_BODY(claims, "what a body claims fails the test, each claim in its own way",
	.topology = TOPOLOGY(1, 1, 1, 1), .duration_ms = SECONDS(1))
{
	double nothing = strtod("nan", NULL);

	CLAIM_AT_LEAST(ctx, ktstr_duration_ms(ctx), 1000);
	CLAIM_BELOW(ctx, ktstr_duration_ms(ctx), 1000);
	CLAIM_AT_MOST(ctx, nothing, 5);
	CLAIM_BETTER(ctx, 2, 1, "no_such_metric", 0);
	CLAIM_ANY_OF(ctx, "either", CLAIM_EQUAL(ctx, 1 + 1, 3), CLAIM_TRUE(ctx, 2 > 1));
}
