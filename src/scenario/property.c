// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bodies that look for the properties of macros/property.def, with the calls that any body
 * has. Each compares what tasks got with each other and not with the clock, so that a slow
 * host makes none of them fail; only spread_out has a limit of time.
 */
#include <ktstr/ktstr.h>
#include <ktstr/property.h>

#include <sched.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scenario/ctx.h"
#include "scenario/task_stat.h"

#define TASKS_MAX      256u
#define SAMPLE_MS      10u
#define SPREAD_MS_MAX  2000u
#define TALKERS	       2u
#define LEAST_SHARE    0.5  /* of what a task would get if all got the same */
#define ROUNDS_PER_HOG 1    /* of a short task in the time of a burst; who takes turns has fewer */
#define SLOWEST_SHARE  0.02 /* of the rate of the fastest kind of wake-up */

/* The usable CPUs; false, and the test is skipped, when they are fewer than LEAST. */
static bool take_cpus(
	struct ktstr_ctx *ctx, unsigned least, unsigned cpus[TASKS_MAX], unsigned *ret_count)
{
	int n = ktstr_cpus(ctx, (struct ktstr_cpus)CPUS_RANGE(0, 1), cpus, TASKS_MAX);
	if (n < 0)
		return false;
	if ((unsigned)n < least) {
		ktstr_skip(ctx, "it takes %u usable CPUs, and this machine has %d", least, n);
		return false;
	}
	*ret_count = KT_MIN((unsigned)n, TASKS_MAX);
	return true;
}

/* A cgroup of one work on the CPUs of LIST. 0 or -errno, which is recorded. */
static int add_load(
	struct ktstr_ctx *ctx, const char *name, const char *list, const struct ktstr_work work)
{
	const struct ktstr_work works[] = {work, {.kind = KTSTR_WORK_END}};
	const struct ktstr_cgroup cgroup = {.name = name,
		.cpuset = {.kind = list ? KTSTR_CPUS_KIND_EXACT : KTSTR_CPUS_KIND_RANGE,
			.list = list,
			.to = 1},
		.work = works};
	return ktstr_run_cgroup(ctx, &cgroup);
}

static const struct ktstr_work spinner = WORK(spin_wait);

static pid_t only_task_of(struct ktstr_ctx *ctx, const char *cgroup)
{
	pid_t pid = 0;
	return ktstr_pids(ctx, cgroup, &pid, 1) == 1 ? pid : 0;
}

/* One spinner pinned to each CPU, and one that may run on all of them. The last is the latter. */
static bool start_fair_tasks(
	struct ktstr_ctx *ctx, const unsigned *cpus, unsigned count, pid_t *ret_pids)
{
	for (unsigned i = 0; i <= count; i++) {
		char name[32], list[16];
		snprintf(list, sizeof(list), "%u", i < count ? cpus[i] : 0);
		snprintf(name, sizeof(name), i < count ? "pinned-%u" : "floating", i);
		if (add_load(ctx, name, i < count ? list : NULL, spinner) < 0)
			return false;
		ret_pids[i] = only_task_of(ctx, name);
	}
	return true;
}

void ktstr_property_fairness(struct ktstr_ctx *ctx)
{
	unsigned cpus[TASKS_MAX], count;
	pid_t pids[TASKS_MAX + 1];
	uint64_t got_ns[TASKS_MAX + 1], sum_ns = 0, least_ns = UINT64_MAX;
	if (!take_cpus(ctx, 2, cpus, &count) || !start_fair_tasks(ctx, cpus, count, pids))
		return;
	ktstr_hold_ms(ctx, ktstr_duration_ms(ctx) / 10);
	for (unsigned i = 0; i <= count; i++)
		got_ns[i] = kt_task_run_ns(pids[i]);
	ktstr_hold_ms(ctx, ktstr_remaining_ms(ctx));
	for (unsigned i = 0; i <= count; i++) {
		uint64_t now_ns = kt_task_run_ns(pids[i]);
		got_ns[i] = now_ns - KT_MIN(now_ns, got_ns[i]);
		sum_ns += got_ns[i];
		least_ns = KT_MIN(least_ns, got_ns[i]);
	}
	double fair_ns = (double)sum_ns / (count + 1);
	double floating_share = (double)got_ns[count] / fair_ns;
	double least_share = (double)least_ns / fair_ns;
	CLAIM_AT_LEAST(ctx, floating_share, LEAST_SHARE);
	CLAIM_AT_LEAST(ctx, least_share, LEAST_SHARE);
}

/* All on one CPU, where a scheduler that is blind to behaviour would let them take turns. */
void ktstr_property_adaptive_priority(struct ktstr_ctx *ctx)
{
	unsigned cpus[TASKS_MAX], count;
	char list[16];
	if (!take_cpus(ctx, 1, cpus, &count))
		return;
	snprintf(list, sizeof(list), "%u", cpus[0]);
	if (add_load(ctx, "hogs", list,
		    (struct ktstr_work)WORK(idle_churn, .workers = 2,
			    .idle_churn = {.burst_us = 10000, .sleep_us = 1})) < 0 ||
		add_load(ctx, "short", list,
			(struct ktstr_work)WORK(idle_churn,
				.idle_churn = {
					.burst_us = 10, .sleep_us = 1000, .precise = true})) < 0)
		return;
	ktstr_hold_ms(ctx, ktstr_duration_ms(ctx) / 10);
	uint64_t hogs = ktstr_iterations(ctx, "hogs"), rounds = ktstr_iterations(ctx, "short");
	ktstr_hold_ms(ctx, ktstr_remaining_ms(ctx));
	hogs = ktstr_iterations(ctx, "hogs") - hogs;
	rounds = ktstr_iterations(ctx, "short") - rounds;
	if (!hogs) {
		ktstr_inconclusive(ctx, "the hogs came to the end of no burst");
		return;
	}
	double rounds_per_burst = (double)rounds / (double)hogs;
	CLAIM_ABOVE(ctx, rounds_per_burst, ROUNDS_PER_HOG);
}

/* Physical cores among COUNT CPUs. */
static unsigned count_cores(const struct kt_topo *topo, const unsigned *cpus, unsigned count)
{
	struct kt_cpus cores = {0};
	for (unsigned i = 0; i < count; i++)
		kt_cpus_add(&cores, kt_topo_place(topo, cpus[i]).core);
	return kt_cpus_count(&cores);
}

/* Whether COUNT tasks were last seen on as many physical cores. */
static bool are_spread(const struct kt_topo *topo, const pid_t *pids, unsigned count)
{
	struct kt_cpus cores = {0};
	for (unsigned i = 0; i < count; i++) {
		int cpu = kt_task_last_cpu(pids[i]);
		if (cpu < 0 || (unsigned)cpu >= kt_topo_cpu_count(topo))
			return false;
		kt_cpus_add(&cores, kt_topo_place(topo, (unsigned)cpu).core);
	}
	return kt_cpus_count(&cores) == count;
}

void ktstr_property_spread_out(struct ktstr_ctx *ctx)
{
	const struct kt_topo *topo = &ctx->state->plan->topo;
	unsigned cpus[TASKS_MAX], count;
	pid_t pids[TASKS_MAX];
	char first[16];
	if (!take_cpus(ctx, 2, cpus, &count))
		return;
	unsigned cores = count_cores(topo, cpus, count);
	snprintf(first, sizeof(first), "%u", cpus[0]);
	if (add_load(ctx, "spinners", first, (struct ktstr_work)WORK(spin_wait, .workers = cores)) <
		0)
		return;
	ktstr_hold_ms(ctx, ktstr_duration_ms(ctx) / 10);
	ktstr_pids(ctx, "spinners", pids, cores);
	if (DO(ctx, set_cpuset, .cgroup = "spinners", .cpus = CPUS_RANGE(0, 1)) < 0)
		return;
	uint64_t start_ns = kt_now_ns();
	bool each_has_a_core;
	while (!(each_has_a_core = are_spread(topo, pids, cores)) && ktstr_remaining_ms(ctx))
		ktstr_hold_ms(ctx, SAMPLE_MS);
	double spread_after_ms = (double)(kt_now_ns() - start_ns) / (double)KT_NS_PER_MS;
	CLAIM_TRUE(ctx, each_has_a_core);
	CLAIM_AT_MOST(ctx, spread_after_ms, SPREAD_MS_MAX);
}

/* Bind a task to the CPUs of LLC, or with LLC < 0 let it loose again. */
static void bind_to_llc(const struct kt_topo *topo, pid_t pid, int llc)
{
	struct kt_cpus cpus =
		llc < 0 ? kt_topo_all_cpus(topo) : kt_topo_llc_cpus(topo, (unsigned)llc);
	cpu_set_t set;
	CPU_ZERO(&set);
	for (unsigned i = 0; i < kt_cpus_count(&cpus); i++)
		CPU_SET((unsigned)kt_cpus_nth(&cpus, i), &set);
	(void)sched_setaffinity(pid, sizeof(set), &set); /* where it is says whether it worked */
}

static int llc_of(const struct kt_topo *topo, pid_t pid)
{
	int cpu = kt_task_last_cpu(pid);
	if (cpu < 0 || (unsigned)cpu >= kt_topo_cpu_count(topo))
		return -1;
	return (int)kt_topo_place(topo, (unsigned)cpu).llc;
}

void ktstr_property_come_together(struct ktstr_ctx *ctx)
{
	const struct kt_topo *topo = &ctx->state->plan->topo;
	pid_t pids[TALKERS];
	if (topo->llcs < TALKERS) {
		ktstr_skip(ctx, "it takes two LLCs, and this machine has %u", topo->llcs);
		return;
	}
	if (add_load(ctx, "talkers", NULL,
		    (struct ktstr_work)WORK(
			    pipe_io, .workers = 2, .pipe_io = {.burst_iters = 16})) < 0 ||
		ktstr_pids(ctx, "talkers", pids, TALKERS) != TALKERS)
		return;
	for (unsigned i = 0; i < TALKERS; i++)
		bind_to_llc(topo, pids[i], (int)i);
	ktstr_hold_ms(ctx, ktstr_duration_ms(ctx) / 10);
	CLAIM_TRUE(ctx, llc_of(topo, pids[0]) != llc_of(topo, pids[1]));
	for (unsigned i = 0; i < TALKERS; i++)
		bind_to_llc(topo, pids[i], -1);
	uint64_t samples = 0, together = 0;
	ktstr_hold_ms(ctx, ktstr_duration_ms(ctx) / 10);
	for (; ktstr_remaining_ms(ctx); samples++) {
		together += llc_of(topo, pids[0]) == llc_of(topo, pids[1]);
		ktstr_hold_ms(ctx, SAMPLE_MS);
	}
	double together_share = samples ? (double)together / (double)samples : 0;
	CLAIM_AT_LEAST(ctx, together_share, 0.5);
}

void ktstr_property_ping_pong(struct ktstr_ctx *ctx)
{
	static const struct ktstr_work kinds[] = {WORK(pipe_io, .workers = 2),
		WORK(futex_ping_pong, .workers = 2), WORK(signal_storm, .workers = 2)};
	uint64_t slice_ms = ktstr_duration_ms(ctx) / KT_ARRAY_LEN(kinds);
	double rate[KT_ARRAY_LEN(kinds)], fastest = 0;
	for (size_t i = 0; i < KT_ARRAY_LEN(kinds); i++) {
		uint64_t start_ns = kt_now_ns();
		if (add_load(ctx, "pair", NULL, kinds[i]) < 0 || ktstr_hold_ms(ctx, slice_ms) < 0)
			return;
		rate[i] = (double)ktstr_iterations(ctx, "pair") /
			  ((double)(kt_now_ns() - start_ns) / (double)KT_NS_PER_S);
		fastest = KT_MAX(fastest, rate[i]);
		if (DO(ctx, remove_cgroup, .cgroup = "pair") < 0)
			return;
	}
	double by_pipe = rate[0] / fastest, by_futex = rate[1] / fastest,
	       by_signal = rate[2] / fastest;
	ktstr_note(ctx, "rounds per second by pipe %.0f, by futex %.0f, by signal %.0f", rate[0],
		rate[1], rate[2]);
	CLAIM_AT_LEAST(ctx, by_pipe, SLOWEST_SHARE);
	CLAIM_AT_LEAST(ctx, by_futex, SLOWEST_SHARE);
	CLAIM_AT_LEAST(ctx, by_signal, SLOWEST_SHARE);
}
