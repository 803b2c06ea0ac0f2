// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of work in a real guest. What needs real-time policies, a cgroup of its own or one shared
 * CPU is looked at here; the unit tests do the rest. All other kinds run once.
 */
#include <ktstr/ktstr.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MOST_TASKS	   16
#define POLICY_OF_DEADLINE 6
#define LOOK_MS		   20
#define LOOKS_MAX	   250 /* what was not seen in so many does not happen */

static struct ktstr_ctx *test;

static int by_number(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

/* The processes of a cgroup, as they were forked: by role. */
static int workers_of(const char *cgroup, int wanted, pid_t tasks[MOST_TASKS])
{
	char path[256];
	int count = 0, number;
	snprintf(path, sizeof(path), "/sys/fs/cgroup/ktstr/%s/cgroup.procs", cgroup);
	FILE *f = fopen(path, "re");
	while (f && count < MOST_TASKS && fscanf(f, "%d", &number) == 1)
		tasks[count++] = number;
	if (f)
		fclose(f);
	qsort(tasks, (size_t)count, sizeof(*tasks), by_number);
	if (count < wanted)
		ktstr_fail(test, "cgroup '%s' has %d workers instead of %d", cgroup, count, wanted);
	return count >= wanted;
}

/* The number after KEY in a file of /proc/PID; the first number of it when KEY is "". */
static long long number_of(pid_t pid, const char *file, const char *key)
{
	char path[64], line[256];
	long long value = -1;
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	FILE *f = fopen(path, "re");
	while (f && value < 0 && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, strlen(key)))
			value = strtoll(line + strlen(key) + (*key != '\0'), NULL, 10);
	}
	if (f)
		fclose(f);
	return value;
}

static long long cpu_time_of(pid_t pid)
{
	return number_of(pid, "schedstat", "");
}

static int policy_of(pid_t pid)
{
	return sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK;
}

static int cpus_of(pid_t pid)
{
	cpu_set_t mask;
	return sched_getaffinity(pid, sizeof(mask), &mask) < 0 ? -1 : CPU_COUNT(&mask);
}

/* Hold until the workers of a cgroup have come round so often; false when they never did. */
static bool saw_iterations(struct ktstr_ctx *ctx, const char *cgroup, uint64_t wanted)
{
	for (int i = 0; i < LOOKS_MAX && ktstr_iterations(ctx, cgroup) < wanted; i++)
		ktstr_hold_ms(ctx, LOOK_MS);
	return ktstr_iterations(ctx, cgroup) >= wanted;
}

#define ONE_CPU .affinity = AFFINITY_SINGLE

#define INVERSIONS 30 /* iterations of its three workers together */

/* How often it inverted is in the result, where tests/guests.py looks for it. */
static void see_inversion(struct ktstr_ctx *ctx)
{
	ktstr_run_cgroup(ctx,
		CGROUPS(CGROUP("plain", .work = WORKS(WORK(priority_inversion, ONE_CPU,
						.priority_inversion = {.work_iters = 20000})))));
	if (!saw_iterations(ctx, "plain", INVERSIONS))
		ktstr_fail(ctx, "priority_inversion does nothing");
	pid_t pid[MOST_TASKS];
	if (workers_of("plain", 3, pid) && policy_of(pid[0]) != SCHED_FIFO)
		ktstr_fail(ctx, "high is not real-time");
	DO(ctx, stop_cgroup, .cgroup = "plain");
	ktstr_run_cgroup(
		ctx, CGROUPS(CGROUP("pi", .work = WORKS(WORK(priority_inversion, ONE_CPU,
						  .priority_inversion = {.work_iters = 20000,
							  .lock = KTSTR_LOCK_pi})))));
	if (!saw_iterations(ctx, "pi", INVERSIONS))
		ktstr_fail(ctx, "priority_inversion with PI does nothing");
	DO(ctx, stop_cgroup, .cgroup = "pi");
}

#define RT_ENOUGH_NS 300000000

/* Linux keeps a part of each second for normal tasks; without it they would get nothing. */
static void see_starvation(struct ktstr_ctx *ctx)
{
	ktstr_run_cgroup(
		ctx, CGROUPS(CGROUP("starve", .work = WORKS(WORK(rt_starvation, ONE_CPU)))));
	ktstr_hold_ms(ctx, 50);
	pid_t pid[MOST_TASKS];
	if (!workers_of("starve", 2, pid))
		return;
	if (policy_of(pid[0]) != SCHED_FIFO || policy_of(pid[1]) != SCHED_OTHER)
		ktstr_fail(ctx, "rt_starvation has policies %d and %d", policy_of(pid[0]),
			policy_of(pid[1]));
	long long rt = 0, rt_before = cpu_time_of(pid[0]), cfs = cpu_time_of(pid[1]);
	for (int i = 0; i < LOOKS_MAX && rt < RT_ENOUGH_NS; i++) {
		ktstr_hold_ms(ctx, LOOK_MS);
		rt = cpu_time_of(pid[0]) - rt_before;
	}
	cfs = cpu_time_of(pid[1]) - cfs;
	if (rt < RT_ENOUGH_NS || rt < 4 * cfs)
		ktstr_fail(ctx, "real-time got %lld ns and normal %lld ns", rt, cfs);
	DO(ctx, stop_cgroup, .cgroup = "starve");
}

#define SLEEPS 100

/* One normal worker: alone on its CPU it would hardly ever be switched out. */
static void see_preemption(struct ktstr_ctx *ctx)
{
	ktstr_run_cgroup(
		ctx, CGROUPS(CGROUP("storm", .work = WORKS(WORK(preempt_storm, ONE_CPU,
						     .preempt_storm = {.cfs_workers = 1})))));
	ktstr_hold_ms(ctx, 50);
	pid_t pid[MOST_TASKS];
	if (!workers_of("storm", 2, pid))
		return;
	if (policy_of(pid[0]) != SCHED_FIFO || policy_of(pid[1]) != SCHED_OTHER)
		ktstr_fail(ctx, "preempt_storm has policies %d and %d", policy_of(pid[0]),
			policy_of(pid[1]));
	long long slept = 0, before = number_of(pid[0], "status", "voluntary_ctxt_switches"),
		  preempted = number_of(pid[1], "status", "nonvoluntary_ctxt_switches");
	for (int i = 0; i < LOOKS_MAX && slept < SLEEPS; i++) {
		ktstr_hold_ms(ctx, LOOK_MS);
		slept = number_of(pid[0], "status", "voluntary_ctxt_switches") - before;
	}
	preempted = number_of(pid[1], "status", "nonvoluntary_ctxt_switches") - preempted;
	if (slept < SLEEPS || preempted < slept / 2)
		ktstr_fail(ctx, "real-time slept %lld times, and normal was preempted %lld times",
			slept, preempted);
	DO(ctx, stop_cgroup, .cgroup = "storm");
}

static void see_classes(struct ktstr_ctx *ctx)
{
	ktstr_run_cgroup(
		ctx, CGROUPS(CGROUP("classes",
			     .work = WORKS(WORK(asymmetric_waker,
				     .asymmetric_waker = {.waker_class = KTSTR_CLASS_deadline,
					     .wakee_class = KTSTR_CLASS_rt})))));
	if (!saw_iterations(ctx, "classes", 1))
		ktstr_fail(ctx, "asymmetric_waker does nothing");
	pid_t pid[MOST_TASKS];
	if (!workers_of("classes", 2, pid))
		return;
	if (policy_of(pid[0]) != POLICY_OF_DEADLINE || policy_of(pid[1]) != SCHED_FIFO)
		ktstr_fail(ctx, "asymmetric_waker has policies %d and %d", policy_of(pid[0]),
			policy_of(pid[1]));
	DO(ctx, stop_cgroup, .cgroup = "classes");
}

/* Three policies or more, one of them real-time. */
static bool has_churned(unsigned policies)
{
	return policies & (1u << SCHED_FIFO | 1u << SCHED_RR) && __builtin_popcount(policies) >= 3;
}

/* Alone: beside others it would rarely get out of SCHED_IDLE. */
static void see_policies(struct ktstr_ctx *ctx)
{
	unsigned policies = 0;
	pid_t pid[MOST_TASKS];
	ktstr_run_cgroup(ctx, CGROUPS(CGROUP("policy", .work = WORKS(WORK(policy_churn)))));
	if (!workers_of("policy", 1, pid))
		return;
	for (int i = 0; i < LOOKS_MAX && !has_churned(policies); i++) {
		ktstr_hold_ms(ctx, LOOK_MS);
		policies |= 1u << policy_of(pid[0]);
	}
	if (!has_churned(policies))
		ktstr_fail(ctx, "policy_churn was seen with policies %#x", policies);
	DO(ctx, stop_cgroup, .cgroup = "policy");
}

/* What a worker changes of itself or of others, looked at again and again. */
static void see_churns(struct ktstr_ctx *ctx)
{
	unsigned nices = 0, confined = 0, free_again = 0;
	pid_t nice[MOST_TASKS], cross[MOST_TASKS];
	ktstr_run_cgroup(ctx, CGROUPS(CGROUP("nice", .work = WORKS(WORK(nice_sweep)))));
	ktstr_run_cgroup(ctx, CGROUPS(CGROUP("cross",
				      .work = WORKS(WORK(spin_wait), WORK(cross_affinity_churn)))));
	ktstr_hold_ms(ctx, 30);
	if (!workers_of("nice", 1, nice) || !workers_of("cross", 2, cross))
		return;
	for (int i = 0; i < LOOKS_MAX && !(free_again && nices == 3); i++) {
		ktstr_hold_ms(ctx, LOOK_MS);
		nices |= 1u << (getpriority(PRIO_PROCESS, (id_t)nice[0]) < 0);
		confined += cpus_of(cross[0]) == 1;
		free_again += confined && cpus_of(cross[0]) == 2;
	}
	if (nices != 3)
		ktstr_fail(ctx, "nice_sweep was only seen %s 0", nices == 1 ? "from" : "below");
	if (!confined || !free_again || cpus_of(cross[1]) != 2)
		ktstr_fail(ctx,
			"cross_affinity_churn confined its sibling %u times, freed it %u, "
			"and has %d CPUs",
			confined, free_again, cpus_of(cross[1]));
	DO(ctx, stop_cgroup, .cgroup = "nice");
	DO(ctx, stop_cgroup, .cgroup = "cross");
}

KTSTR_TEST_BODY(privileged, "kinds that need policies, priorities or a cgroup of their own",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(40))
{
	test = ctx;
	see_inversion(ctx);
	see_starvation(ctx);
	see_preemption(ctx);
	see_classes(ctx);
	see_policies(ctx);
	see_churns(ctx);
}

static void count_up(struct ktstr_custom *c)
{
	ktstr_custom_metric(c, "in_cgroup", "", strstr(c->cgroup_dir, "/ktstr/custom") != NULL);
	while (!ktstr_custom_stopped(c)) {
		usleep(1000);
		ktstr_custom_progress(c, 1, 1);
	}
}

#define ONE(kind_, ...) CGROUP(#kind_, .work = WORKS(WORK(kind_, __VA_ARGS__)))

KTSTR_TEST(every, "each kind does something and ends when it is asked to",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(60),
	.steps = STEPS(
		STEP(HOLD_MS(2000),
			.cgroups = CGROUPS(ONE(spin_wait), ONE(yield_heavy), ONE(mixed),
				ONE(bursty), ONE(alu_hot, .alu_hot = {.width = KTSTR_WIDTH_widest}),
				ONE(smt_sibling_spin),
				ONE(ipc_variance, .ipc_variance = {.hot_iters = 1000}),
				ONE(idle_churn, .idle_churn = {.precise = true}),
				ONE(timer_latency), ONE(fork_exit), ONE(nice_sweep))),
		STEP(HOLD_MS(2000),
			.cgroups = CGROUPS(ONE(pipe_io), ONE(futex_ping_pong), ONE(affinity_churn),
				ONE(policy_churn), ONE(mutex_contention), ONE(signal_storm),
				ONE(wake_chain), ONE(asymmetric_waker),
				ONE(sequence,
					.sequence = {.phases = PHASES(PHASE(spin, 500),
							     PHASE(sleep, 500), PHASE(yield, 500),
							     PHASE(io, 500),
							     PHASE(alu_hot, 500))}))),
		STEP(HOLD_MS(2000),
			.cgroups = CGROUPS(ONE(thundering_herd, .thundering_herd = {.batches = 10}),
				ONE(futex_fan_out),
				ONE(fan_out_compute, .fan_out_compute = {.footprint_kib = 16}),
				ONE(epoll_storm), ONE(producer_consumer_imbalance),
				ONE(custom, .workers = 2, .custom = {.run = count_up})))));
