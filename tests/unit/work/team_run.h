/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run a group until each worker has done its part, and look at what all of them report. What is
 * returned is valid until the next run.
 */
#pragma once

#include "unit/work/groups.h"

#define TEAM_RUN_WORKERS 16

struct team_run {
	size_t count;
	struct kt_work_result *r; /* by worker */
	uint64_t late_ns;	  /* they may have gone on for so long after the stop */
};

static inline bool all_reached(const struct kt_work *w, uint64_t iterations)
{
	for (size_t i = 0; i < w->count; i++)
		if (atomic_load(&w->shared->slots[i].iterations) < iterations)
			return false;
	return true;
}

/* Stop and free the group; all must have reported. */
static inline struct team_run finish(struct kt_work *w)
{
	static struct kt_work_result kept[TEAM_RUN_WORKERS];
	static struct kt_work_metric metrics[TEAM_RUN_WORKERS][KT_WORK_METRICS_MAX];
	struct kt_work_results out = {0};
	uint64_t before_ns = kt_now_ns();
	stop_patiently(&w, 1, &out);
	uint64_t late_ns = kt_now_ns() - before_ns;
	cr_assert_leq(out.count, (size_t)TEAM_RUN_WORKERS);
	for (size_t i = 0; i < out.count; i++) {
		kept[i] = out.items[i];
		cr_assert(kept[i].completed, "worker %zu: %s", i, kept[i].exit_text);
		if (kept[i].metric_count)
			memcpy(metrics[i], kept[i].metrics,
				kept[i].metric_count * sizeof(metrics[i][0]));
		kept[i].metrics = metrics[i];
	}
	struct team_run run = {.count = out.count, .r = kept, .late_ns = late_ns};
	kt_work_results_done(&out);
	kt_work_free(w);
	return run;
}

static inline struct team_run run_team(struct ktstr_work work, uint64_t iterations)
{
	struct kt_work *w = spawn_and_start(work);
	until(all_reached(w, iterations));
	return finish(w);
}

/* The metric of worker I; fails the test when it has none of that name. */
static inline double metric(const struct team_run *run, size_t i, const char *name)
{
	for (size_t m = 0; m < run->r[i].metric_count; m++)
		if (!strcmp(run->r[i].metrics[m].name, name))
			return run->r[i].metrics[m].value;
	cr_assert(false, "worker %zu has no metric %s", i, name);
	return 0;
}
