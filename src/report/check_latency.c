// SPDX-License-Identifier: GPL-2.0-only
/*
 * max_p99_wake_latency_ns, max_p99_iteration_cost_ns and max_wake_latency_cv. The latencies of one
 * worker lie one after the other in time, so the host can explain a quantile beyond the limit only
 * if it took that much from each of the samples beyond it, all together. More than a quantile needs
 * is never taken for granted.
 */
#include <math.h>

#include "base/clock.h"
#include "report/check_say.h"
#include "report/format.h"
#include "report/host.h"

#define FIX_SLEEP "give the test work that sleeps, such as bursty"

/* "5.2 ms", and below 0.1 ms "740 ns". */
static const char *time_text(uint64_t ns, char buf[KT_FORMAT_BYTES])
{
	if (ns >= KT_NS_PER_MS / 10)
		return kt_format_ns(ns, buf);
	snprintf(buf, KT_FORMAT_BYTES, "%ju ns", (uintmax_t)ns);
	return buf;
}

/* Of COUNT samples at least so many are at or above the 99th percentile. */
static uint64_t beyond_p99(uint64_t count)
{
	return KT_MAX(count / 100, (uint64_t)1);
}

/* Whether STOLEN_NS can have lifted that quantile of COUNT samples over the limit. */
static bool can_explain(uint64_t stolen_ns, uint64_t count, double p99_ns, double limit_ns)
{
	return (double)stolen_ns >= (double)beyond_p99(count) * (p99_ns - limit_ns);
}

/* One quantile of one worker. */
struct quantile {
	enum kt_check_id check;
	uint64_t count, p99_ns;
	const char *what, *of; /* "woke up to", "late", "wake-ups" */
	const char *fix;
};

static void judge(const struct kt_outcome *o, const struct kt_work_result *r,
	const struct quantile *q, double limit, struct kt_check_tally *tally, struct kt_verdict *v)
{
	double p99 = (double)q->p99_ns;
	char text[KT_FORMAT_BYTES];

	kt_check_note(q->check, p99, tally);
	if (p99 <= limit)
		return;
	struct kt_verdict_detail d = kt_check_head(o, q->check, r, v);
	uint64_t stolen_ns = kt_host_stolen_from_ns(o, r);
	struct kt_check_miss miss = {.check = q->check,
		.value = p99,
		.limit = limit,
		.stolen_ns = stolen_ns,
		.excused = stolen_ns && can_explain(stolen_ns, q->count, p99, limit),
		.fix = q->fix};
	kt_check_missed(&miss, &d, v, "%s %s %s, 99 of 100 times (%ju %s)", d.where, q->what,
		time_text(q->p99_ns, text), (uintmax_t)q->count, q->of);
}

struct kt_check_tally kt_check_max_p99_wake_latency_ns(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};

	kt_vec_each(r, &o->workers) {
		struct quantile q = {.check = KT_CHECK_max_p99_wake_latency_ns,
			.count = r->wakes,
			.p99_ns = r->wake_p99_ns,
			.what = "woke late by up to",
			.of = "wake-ups",
			.fix = "see what ran on its CPUs when it woke; if the load allows no "
			       "better, "
			       "raise max_p99_wake_latency_ns in the test's checks"};
		if (r->completed && r->wakes)
			judge(o, r, &q, limit, &tally, v);
	}
	if (!tally.judged)
		kt_check_nothing(
			KT_CHECK_max_p99_wake_latency_ns, "no worker slept and woke", FIX_SLEEP, v);
	return tally;
}

struct kt_check_tally kt_check_max_p99_iteration_cost_ns(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};

	kt_vec_each(r, &o->workers) {
		struct quantile q = {.check = KT_CHECK_max_p99_iteration_cost_ns,
			.count = r->costs,
			.p99_ns = r->cost_p99_ns,
			.what = "needed for an iteration up to",
			.of = "iterations",
			.fix = "see what took its CPU away in the middle of an iteration; if the "
			       "load "
			       "allows no better, raise max_p99_iteration_cost_ns in the test's "
			       "checks"};
		if (r->completed && r->costs)
			judge(o, r, &q, limit, &tally, v);
	}
	if (!tally.judged)
		kt_check_nothing(KT_CHECK_max_p99_iteration_cost_ns,
			"no worker's iterations were timed",
			"give the test work that only computes, such as spin_wait", v);
	return tally;
}

/*
 * The least variation without the host: what it took from a sample takes at most twice the
 * largest sample times that from the sum of squares, and the mean can only fall.
 */
static double least_cv(const struct kt_work_result *r, uint64_t stolen_ns)
{
	double sd = (double)r->wake_sd_ns, mean = (double)r->wake_mean_ns;
	double less = 2 * (double)r->wake_max_ns * (double)stolen_ns / (double)r->wakes;

	return sqrt(KT_MAX(sd * sd - less, 0)) / mean;
}

static void judge_cv(const struct kt_outcome *o, const struct kt_work_result *r, double limit,
	struct kt_check_tally *tally, struct kt_verdict *v)
{
	struct kt_verdict_detail d = kt_check_head(o, KT_CHECK_max_wake_latency_cv, r, v);
	double cv = (double)r->wake_sd_ns / (double)r->wake_mean_ns;
	uint64_t stolen_ns = kt_host_stolen_from_ns(o, r);
	char text[KT_FORMAT_BYTES];

	if (!r->wake_mean_ns) {
		kt_check_undecided(&d, "make the machine busier: a mean of 0 has no variation", v,
			"%s woke without any measurable delay", d.where);
		return;
	}
	kt_check_note(KT_CHECK_max_wake_latency_cv, cv, tally);
	if (cv <= limit)
		return;
	struct kt_check_miss miss = {.check = KT_CHECK_max_wake_latency_cv,
		.value = cv,
		.limit = limit,
		.stolen_ns = stolen_ns,
		.excused = stolen_ns && least_cv(r, stolen_ns) <= limit,
		.fix = "see with -v the longest wake latency of each worker; if the load is meant "
		       "to be "
		       "uneven, raise max_wake_latency_cv in the test's checks"};
	kt_check_missed(&miss, &d, v,
		"the %ju wake latencies of %s vary by %s (standard deviation / mean)",
		(uintmax_t)r->wakes, d.where, kt_format_number(cv, text));
}

struct kt_check_tally kt_check_max_wake_latency_cv(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};
	bool woke = false;

	kt_vec_each(r, &o->workers) {
		if (!r->completed || r->wakes < 2)
			continue;
		woke = true;
		judge_cv(o, r, limit, &tally, v);
	}
	if (!woke)
		kt_check_nothing(KT_CHECK_max_wake_latency_cv, "no worker slept and woke twice",
			FIX_SLEEP, v);
	return tally;
}
