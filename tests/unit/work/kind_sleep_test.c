// SPDX-License-Identifier: GPL-2.0-only
/* Kinds that sleep, beyond their signature: slack, absolute times, phases. */
#include <dirent.h>
#include <unistd.h>

#include "unit/work/team_run.h"

static long slack_of(pid_t pid)
{
	char path[64], text[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/timerslack_ns", (int)pid);
	KT_AUTOFILE FILE *f = fopen(path, "re");
	return f && fgets(text, sizeof(text), f) ? strtol(text, NULL, 10) : -1;
}

Test(kind_sleep, idle_churn_is_precise_when_asked)
{
	for (int precise = 0; precise < 2; precise++) {
		struct kt_work *w = spawn_and_start((struct ktstr_work){
			.kind = KTSTR_WORK_idle_churn,
			.idle_churn = {.burst_us = 100, .sleep_us = 200, .precise = precise}});
		until(kt_work_iterations(w) >= 3);
		long slack = slack_of(w->pids[0]);
		struct team_run run = finish(w);
		if (slack < 0)
			cr_skip("the timer slack of others cannot be read here");
		cr_expect_eq(slack == 1, precise == 1, "%ld ns", slack);
		cr_expect_gt(run.r[0].wakes, 0);
	}
}

Test(kind_sleep, idle_churn_spins_and_sleeps_as_long_as_asked)
{
	struct team_run run =
		run_team((struct ktstr_work){.kind = KTSTR_WORK_idle_churn,
				 .idle_churn = {.burst_us = 2000, .sleep_us = 200000}},
			6);
	cr_expect_geq(run.r[0].wall_ns, 5 * 202 * KT_NS_PER_MS);
	cr_expect_lt(run.r[0].cpu_ns, run.r[0].wall_ns / 2);
	cr_expect_lt(run.r[0].wake_p50_ns, 200 * KT_NS_PER_MS, "only what is beyond the sleep");
}

Test(kind_sleep, timer_latency_keeps_to_its_times)
{
	struct team_run run = run_team((struct ktstr_work){.kind = KTSTR_WORK_timer_latency,
					       .timer_latency = {.interval_us = 2000}},
		50);
	uint64_t times = run.r[0].wall_ns / (2 * KT_NS_PER_MS);
	/* Those that come after the stop are no part of the test. */
	uint64_t late = run.late_ns / (2 * KT_NS_PER_MS) + 1;
	cr_expect_leq(run.r[0].iterations, times + late);
	cr_expect_leq(run.r[0].timers, run.r[0].iterations);
	cr_expect_geq(run.r[0].timers + late, run.r[0].iterations);
	cr_expect_gt(run.r[0].timer_max_ns, 0);
}

static bool has_memfd(pid_t pid)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	bool found = false;
	for (struct dirent *e; dir && (e = readdir(dir));) {
		char link[320], to[128] = "";
		snprintf(link, sizeof(link), "%s/%s", path, e->d_name);
		found |= readlink(link, to, sizeof(to) - 1) > 0 && strstr(to, "memfd:kt-sequence");
	}
	closedir(dir);
	return found;
}

/*
 * The CPU time of the one worker per iteration, which lasts 2 ms or more. Where the host takes a
 * CPU away, it counts as time of who was on it.
 */
static double share_of(const struct ktstr_phase *phases, bool io)
{
	struct kt_work *w = spawn_and_start(
		(struct ktstr_work){.kind = KTSTR_WORK_sequence, .sequence = {.phases = phases}});
	until(kt_work_iterations(w) >= 20);
	cr_expect_eq(has_memfd(w->pids[0]), io);
	struct team_run run = finish(w);
	cr_expect_geq(run.r[0].wall_ns, 19 * 2 * KT_NS_PER_MS);
	return (double)run.r[0].cpu_ns / (double)run.r[0].iterations / (2.0 * KT_NS_PER_MS);
}

Test(kind_sleep, sequence_does_its_phases_and_no_others)
{
	const struct ktstr_phase spin[] = {
		{KTSTR_PHASE_spin, 1000}, {KTSTR_PHASE_alu_hot, 1000}, {0}};
	const struct ktstr_phase sleep[] = {{KTSTR_PHASE_sleep, 2000}, {0}};
	const struct ktstr_phase io[] = {{KTSTR_PHASE_sleep, 1000}, {KTSTR_PHASE_io, 1000}, {0}};
	double busy = share_of(spin, false), idle = share_of(sleep, false);
	for (int tries = 0; tries < 10 && busy <= 3 * idle; tries++)
		idle = share_of(sleep, false);
	share_of(io, true);
	cr_expect_gt(busy, 3 * idle, "%g and %g", busy, idle);
}

Test(kind_sleep, sequence_needs_phases_of_some_length)
{
	struct kt_err err = {0};
	const struct ktstr_phase none[] = {{0}}, empty[] = {{KTSTR_PHASE_spin, 0}, {0}},
				 strange[] = {{KTSTR_PHASE_COUNT, 1}, {0}};
	struct ktstr_phase many[70];
	for (int i = 0; i < 70; i++)
		many[i] = (struct ktstr_phase){KTSTR_PHASE_spin, 1};
	const struct {
		const struct ktstr_phase *phases;
		const char *text;
	} bad[] = {{NULL, "has no phases"}, {none, "has no phases"}, {empty, "phase 0 lasts 0 us"},
		{strange, "phase 0 is of no known kind"}, {many, "more than 64 phases"}};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++) {
		struct ktstr_work work = {
			.kind = KTSTR_WORK_sequence, .sequence = {.phases = bad[i].phases}};
		cr_expect_eq(kt_work_check(&work, &err), -EINVAL);
		cr_expect_not_null(strstr(err.text, bad[i].text), "%s", err.text);
	}
}

Test(kind_sleep, sequence_is_not_found_by_name)
{
	struct kt_err err = {0};
	enum ktstr_work_kind kind;
	cr_expect_eq(kt_work_kind_find("sequence", &kind, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "means nothing without parameters"), "%s", err.text);
	cr_expect_eq(kt_work_kind_find("custom", &kind, &err), -EINVAL);
}
