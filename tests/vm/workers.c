// SPDX-License-Identifier: GPL-2.0-only
/* Attributes and modes of workers in a real guest, read back from the kernel's own files. */
#include <ktstr/ktstr.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define POLICY_OF_DEADLINE 6
#define POLICY_OF_EXT	   7
#define MOST_TASKS	   16

static struct ktstr_ctx *test;

/* The numbers in a file of a cgroup; how many there are. */
static int tasks_in(const char *cgroup, const char *file, pid_t tasks[MOST_TASKS])
{
	char path[256];
	int count = 0, number;
	snprintf(path, sizeof(path), "/sys/fs/cgroup/ktstr/%s/%s", cgroup, file);
	FILE *f = fopen(path, "re");
	while (f && count < MOST_TASKS && fscanf(f, "%d", &number) == 1)
		tasks[count++] = number;
	if (f)
		fclose(f);
	return count;
}

static pid_t only_process(const char *cgroup)
{
	pid_t tasks[MOST_TASKS];
	int count = tasks_in(cgroup, "cgroup.procs", tasks);
	if (count != 1)
		ktstr_fail(test, "cgroup '%s' has %d processes instead of 1", cgroup, count);
	return count ? tasks[0] : 0;
}

/* The rest of the line that begins with KEY, without blanks; "" when there is none. */
static const char *line_of(const char *path, const char *key)
{
	static char line[1024];
	FILE *f = fopen(path, "re");
	size_t n = strlen(key);
	const char *rest = "";
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, n) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		rest = line + n + strspn(line + n, ": \t");
		break;
	}
	if (f)
		fclose(f);
	return rest;
}

static void expect_line(pid_t pid, const char *file, const char *key, const char *expected)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	const char *is = line_of(path, key);
	if (strncmp(is, expected, strlen(expected)) != 0)
		ktstr_fail(test, "%s of %d: %s is '%s' instead of '%s'", file, (int)pid, key, is,
			expected);
}

static void expect_policy(const char *cgroup, int policy, int priority)
{
	struct sched_param param = {0};
	pid_t pid = only_process(cgroup);
	sched_getparam(pid, &param);
	int its = sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK;
	if (its != policy || param.sched_priority != priority)
		ktstr_fail(test, "cgroup '%s' has policy %d with priority %d", cgroup, its,
			param.sched_priority);
}

/* A busy machine may need long for the first round of work. */
static void expect_progress(const char *cgroup)
{
	for (int i = 0; i < 100 && !ktstr_iterations(test, cgroup); i++)
		ktstr_hold_ms(test, 100);
	if (!ktstr_iterations(test, cgroup))
		ktstr_fail(test, "the workers in cgroup '%s' do nothing", cgroup);
}

#define NAP .bursty = {.burst_ms = 2, .sleep_ms = 10}

static void see_policies(struct ktstr_ctx *ctx)
{
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("batch",
			.work = WORKS(WORK(bursty, .policy = POLICY_BATCH, .nice = SET(5), NAP)))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("idle", .work = WORKS(WORK(bursty, .policy = POLICY_IDLE, NAP)))));
	ktstr_run_cgroup(ctx, CGROUPS(CGROUP("fifo",
				      .work = WORKS(WORK(bursty, .policy = POLICY_FIFO(3), NAP)))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("rr", .work = WORKS(WORK(bursty, .policy = POLICY_RR(99), NAP)))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("dl", .work = WORKS(WORK(bursty, NAP,
					     .policy = POLICY_DEADLINE(2000000, 20000000, 0))))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("ext", .work = WORKS(WORK(bursty, .policy = POLICY_EXT, NAP)))));
	/* The kernel wants deadline tasks to run on all CPUs: a note, and the worker works. */
	ktstr_run_cgroup(
		ctx, CGROUPS(CGROUP("refused",
			     .work = WORKS(WORK(bursty, NAP, .affinity = AFFINITY_SINGLE,
				     .policy = POLICY_DEADLINE(2000000, 20000000, 20000000))))));
	ktstr_hold_ms(ctx, 300);
	expect_policy("batch", SCHED_BATCH, 0);
	if (getpriority(PRIO_PROCESS, (id_t)only_process("batch")) != 5)
		ktstr_fail(ctx, "the nice value is not 5");
	expect_policy("idle", SCHED_IDLE, 0);
	expect_policy("fifo", SCHED_FIFO, 3);
	expect_policy("rr", SCHED_RR, 99);
	expect_policy("dl", POLICY_OF_DEADLINE, 0);
	expect_policy("ext", POLICY_OF_EXT, 0);
	expect_policy("refused", SCHED_OTHER, 0);
	expect_progress("refused");
}

static void see_identity(struct ktstr_ctx *ctx)
{
	ktstr_run_cgroup(
		ctx, CGROUPS(CGROUP("who", .work = WORKS(WORK(bursty, .comm = "fifteen-bytes-x",
						   .uid = SET(1000), .gid = SET(2000), NAP)))));
	ktstr_hold_ms(ctx, 100);
	pid_t pid = only_process("who");
	expect_line(pid, "comm", "", "fifteen-bytes-x");
	expect_line(pid, "status", "Uid", "1000\t1000\t1000\t1000");
	expect_line(pid, "status", "Gid", "2000\t2000\t2000\t2000");
	expect_progress("who");
}

/* Whether the kernel has put pages of PID on NODE by the policy it was asked for. */
static void expect_memory(pid_t pid, const char *policy, const char *pages)
{
	char path[64], line[1024];
	int by_policy = 0, there = 0;
	snprintf(path, sizeof(path), "/proc/%d/numa_maps", (int)pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		by_policy += strstr(line, policy) != NULL;
		there += strstr(line, pages) != NULL;
	}
	if (f)
		fclose(f);
	if (!by_policy || !there)
		ktstr_fail(test, "process %d: %d mappings by policy %s, %d with pages on it",
			(int)pid, by_policy, policy, there);
}

static void see_places(struct ktstr_ctx *ctx)
{
	pid_t tasks[MOST_TASKS];
	ktstr_run_cgroup(
		ctx, CGROUPS(CGROUP("exact", .cpuset = CPUS_EXACT("0-1"),
			     .work = WORKS(WORK(bursty, .affinity = AFFINITY_EXACT("1-2"), NAP)))));
	ktstr_run_cgroup(ctx, CGROUPS(CGROUP("pair", .cpuset = CPUS_EXACT("1-3"),
				      .work = WORKS(WORK(bursty, .workers = 2,
					      .affinity = AFFINITY_SMT_PAIR, NAP)))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("bind", .cpuset = CPUS_NUMA(0),
			.work = WORKS(WORK(bursty, NAP,
				.mempolicy = MEM_BIND("1", .flags = KTSTR_MPOL_STATIC_NODES))))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("node", .work = WORKS(WORK(bursty, .numa_node = SET(1), NAP)))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("local", .work = WORKS(WORK(bursty, .mempolicy = MEM_LOCAL, NAP)))));
	ktstr_run_cgroup(ctx, CGROUPS(CGROUP("weighted",
				      .work = WORKS(WORK(bursty,
					      .mempolicy = MEM_WEIGHTED_INTERLEAVE("0-1"), NAP)))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("pages", .cpuset = CPUS_NUMA(0),
			.work = WORKS(WORK(ipc_variance,
				.mempolicy = MEM_BIND("1", .flags = KTSTR_MPOL_STATIC_NODES))))));
	ktstr_hold_ms(ctx, 300);
	expect_line(only_process("exact"), "status", "Cpus_allowed_list", "1");
	if (tasks_in("pair", "cgroup.procs", tasks) == 2) {
		expect_line(tasks[0], "status", "Cpus_allowed_list", "2-3");
		expect_line(tasks[1], "status", "Cpus_allowed_list", "2-3");
	} else {
		ktstr_fail(ctx, "the pair is not two processes");
	}
	expect_line(only_process("node"), "status", "Cpus_allowed_list", "2-3");
	expect_memory(only_process("bind"), " bind=static:1 ", " N1=");
	expect_memory(only_process("node"), " bind:1 ", " N1=");
	expect_memory(only_process("local"), " local ", " N");
	expect_memory(only_process("weighted"), " weighted interleave:0-1 ", " N");
}

static void see_named_process(struct ktstr_ctx *ctx)
{
	pid_t tasks[MOST_TASKS];
	ktstr_run_cgroup(ctx, CGROUPS(CGROUP("named", .cpuset = CPUS_EXACT("2"),
				      .work = WORKS(WORK(pipe_io, .workers = 4,
					      .pcomm = "my-process", .comm = "my-thread")))));
	ktstr_hold_ms(ctx, 200);
	pid_t pid = only_process("named");
	expect_line(pid, "comm", "", "my-process");
	expect_line(pid, "status", "Threads", "5");
	expect_line(pid, "status", "Cpus_allowed_list", "2");
	int threads = tasks_in("named", "cgroup.threads", tasks), named = 0;
	for (int i = 0; i < threads; i++) {
		char path[64];
		snprintf(path, sizeof(path), "/proc/%d/comm", (int)tasks[i]);
		named += strcmp(line_of(path, ""), "my-thread") == 0;
	}
	if (threads != 5 || named != 4)
		ktstr_fail(ctx, "%d threads, of which %d have their name", threads, named);
	expect_progress("named");
}

KTSTR_TEST_BODY(attributes, "policies, names, owners, CPUs and memory of workers are in force",
	.topology = TOPOLOGY(2, 2, 1, 2), .duration_ms = SECONDS(60),
	.checks = CHECKS(.isolation = true))
{
	static const char *const cgroups[] = {"batch", "idle", "fifo", "rr", "dl", "ext", "refused",
		"who", "exact", "pair", "bind", "node", "local", "weighted", "pages"};
	test = ctx;
	see_policies(ctx);
	see_identity(ctx);
	see_places(ctx);
	for (unsigned i = 0; i < sizeof(cgroups) / sizeof(*cgroups); i++)
		DO(ctx, remove_cgroup, .cgroup = cgroups[i]);
	see_named_process(ctx);
}

/* Where a thread of a process is, not where its process is. */
static void see_threads(struct ktstr_ctx *ctx)
{
	pid_t left[MOST_TASKS], right[MOST_TASKS];
	int lefts = tasks_in("left", "cgroup.threads", left);
	int rights = tasks_in("right", "cgroup.threads", right);
	if (lefts != 2 || rights != 3) {
		ktstr_fail(ctx, "%d and %d threads instead of 2 and 3", lefts, rights);
		return;
	}
	if (strcmp(line_of("/sys/fs/cgroup/ktstr/left/cgroup.type", ""), "threaded") != 0)
		ktstr_fail(ctx, "cgroup 'left' is not threaded");
	expect_line(left[0], "status", "Cpus_allowed_list", "0");
	expect_line(right[0], "status", "Cpus_allowed_list", "1");
	expect_line(left[0], "cgroup", "0:", "/ktstr/left");
	char process[32];
	snprintf(process, sizeof(process), "/proc/%d/status", (int)left[0]);
	snprintf(process, sizeof(process), "%s", line_of(process, "Tgid"));
	expect_line(left[1], "status", "Tgid", process);
	if (atoi(process) == left[0] || atoi(process) == getpid())
		ktstr_fail(ctx, "the threads are of process %s", process);
}

KTSTR_TEST_BODY(threads, "threads of one process, each in its cgroup, beside processes",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(30),
	.checks = CHECKS(.isolation = true))
{
	test = ctx;
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("left", .cpuset = CPUS_EXACT("0"),
			.work = WORKS(WORK(spin_wait, .workers = 2, .mode = KTSTR_MODE_THREADS)))));
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("right", .cpuset = CPUS_EXACT("1"),
			.work = WORKS(WORK(spin_wait, .workers_pct = 2, .mode = KTSTR_MODE_THREADS),
				WORK(bursty, NAP)))));
	ktstr_hold_ms(ctx, 500);
	see_threads(ctx);
	DO(ctx, move_all_tasks, .from = "left", .to = "right");
	ktstr_hold_ms(ctx, 300);
	pid_t tasks[MOST_TASKS];
	if (tasks_in("right", "cgroup.threads", tasks) != 5)
		ktstr_fail(ctx, "move_all_tasks did not take the threads along");
	expect_progress("right");
}
