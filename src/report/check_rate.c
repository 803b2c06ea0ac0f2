// SPDX-License-Identifier: GPL-2.0-only
/*
 * min_work_rate, min_work_units and max_throughput_cv: what workers get done. The guest counts
 * time the host took as CPU time of whoever was on the CPU, so on an idle host each worker's
 * work per CPU second lies between what was measured and the same without the stolen time.
 */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/check_say.h"
#include "report/format.h"
#include "report/groups.h"
#include "report/host.h"

#define BISECTIONS 100u /* more than a double has bits */

/* Work units per CPU second, as measured and at most. */
struct rate {
	double low, high;
};

static struct rate rate_of(const struct kt_outcome *o, const struct kt_work_result *r)
{
	uint64_t stolen_ns = kt_host_stolen_from_ns(o, r);
	double units = (double)r->work_units * (double)KT_NS_PER_S;

	return (struct rate){
		.low = units / (double)r->cpu_ns,
		.high = stolen_ns < r->cpu_ns ? units / (double)(r->cpu_ns - stolen_ns)
			: r->work_units	      ? HUGE_VAL
					      : 0,
	};
}

struct kt_check_tally kt_check_min_work_rate(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};
	char text[KT_FORMAT_BYTES];

	kt_vec_each(r, &o->workers) {
		if (!r->completed)
			continue;
		struct kt_verdict_detail d = kt_check_head(o, KT_CHECK_min_work_rate, r, v);
		if (!r->cpu_ns) {
			kt_check_undecided(&d,
				"give the worker CPU time: a longer hold, a CPU less shared", v,
				"%s had no CPU time, so its rate is unknown", d.where);
			continue;
		}
		struct rate rate = rate_of(o, r);
		kt_check_note(KT_CHECK_min_work_rate, rate.low, &tally);
		if (rate.low >= limit)
			continue;
		struct kt_check_miss miss = {.check = KT_CHECK_min_work_rate,
			.value = rate.low,
			.limit = limit,
			.stolen_ns = kt_host_stolen_from_ns(o, r),
			.excused = rate.high >= limit,
			.fix = "see what slows its CPU (cold caches after migrations, a shared "
			       "core); "
			       "or lower min_work_rate in the test's checks"};
		kt_check_missed(&miss, &d, v, "%s made %s work units per second of CPU time",
			d.where, kt_format_number(rate.low, text));
	}
	return tally;
}

struct kt_check_tally kt_check_min_work_units(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};

	kt_vec_each(r, &o->workers) {
		double units = (double)r->work_units;

		if (!r->completed)
			continue;
		kt_check_note(KT_CHECK_min_work_units, units, &tally);
		if (units >= limit)
			continue;
		struct kt_verdict_detail d = kt_check_head(o, KT_CHECK_min_work_units, r, v);
		uint64_t stolen_ns = kt_host_stolen_from_ns(o, r);
		double left = (double)(r->wall_ns - stolen_ns), wall = (double)r->wall_ns;
		struct kt_check_miss miss = {.check = KT_CHECK_min_work_units,
			.value = units,
			.limit = limit,
			.stolen_ns = stolen_ns,
			.excused = stolen_ns && units * wall >= limit * left,
			.fix = "give the worker more CPU time or a longer hold, or lower "
			       "min_work_units "
			       "in the test's checks"};
		kt_check_missed(&miss, &d, v, "%s got %ju work units done", d.where,
			(uintmax_t)r->work_units);
	}
	return tally;
}

/* Of COUNT rates, each moved as near to T as it can be: the sums of them and of their squares. */
static void sums_near(
	const struct rate *rates, size_t count, double t, double *ret_sum, double *ret_squares)
{
	*ret_sum = *ret_squares = 0;
	for (size_t i = 0; i < count; i++) {
		double x = KT_MIN(KT_MAX(t, rates[i].low), rates[i].high);

		*ret_sum += x;
		*ret_squares += x * x;
	}
}

static double cv_of(double sum, double squares, size_t count)
{
	double mean = sum / (double)count;
	double variance = squares / (double)count - mean * mean;

	return sqrt(KT_MAX(variance, 0)) / mean;
}

/*
 * The least variation that rates within these bounds can have. Where it is least, each rate is
 * as near as it can be to squares / sum; the difference of the two falls as t rises.
 */
static double least_cv(const struct rate *rates, size_t count)
{
	double from = 0, to = 0, sum, squares;

	for (size_t i = 0; i < count; i++)
		to = KT_MAX(to, rates[i].low);
	for (unsigned i = 0; i < BISECTIONS; i++) {
		double t = from + (to - from) / 2;

		sums_near(rates, count, t, &sum, &squares);
		if (squares > t * sum)
			from = t;
		else
			to = t;
	}
	sums_near(rates, count, to, &sum, &squares);
	return cv_of(sum, squares, count);
}

static double measured_cv(const struct rate *rates, size_t count)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < count; i++) {
		sum += rates[i].low;
		squares += rates[i].low * rates[i].low;
	}
	return sum > 0 ? cv_of(sum, squares, count) : NAN;
}

/* The rates of those that had CPU time; one that had none is told of. */
static size_t rates_of(const struct kt_outcome *o, const struct kt_group *g, struct rate *rates,
	uint64_t *ret_stolen_ns, struct kt_verdict *v)
{
	size_t count = 0;

	*ret_stolen_ns = 0;
	for (size_t i = 0; i < g->count; i++) {
		const struct kt_work_result *r = g->members[i];

		*ret_stolen_ns = KT_MAX(*ret_stolen_ns, kt_host_stolen_from_ns(o, r));
		if (r->cpu_ns) {
			rates[count++] = rate_of(o, r);
			continue;
		}
		struct kt_verdict_detail d = kt_check_head(o, KT_CHECK_max_throughput_cv, r, v);
		kt_check_undecided(&d, "give the worker CPU time: a longer hold, a CPU less shared",
			v, "%s had no CPU time, so its throughput is unknown", d.where);
	}
	return count;
}

static void judge_throughput(const struct kt_outcome *o, const struct kt_group *g, double limit,
	struct rate *rates, struct kt_check_tally *tally, struct kt_verdict *v)
{
	uint64_t stolen_ns;
	size_t count = rates_of(o, g, rates, &stolen_ns, v);
	struct kt_verdict_detail d =
		kt_check_head_cgroup(KT_CHECK_max_throughput_cv, g->members[0]);
	char text[KT_FORMAT_BYTES];

	if (count < 2)
		return;
	double cv = measured_cv(rates, count);
	if (isnan(cv)) {
		kt_check_undecided(&d, "see with not_starved which workers got nothing done", v,
			"the workers of %s got nothing done, so their throughput cannot be "
			"compared",
			d.where);
		return;
	}
	kt_check_note(KT_CHECK_max_throughput_cv, cv, tally);
	if (cv <= limit)
		return;
	struct kt_check_miss miss = {.check = KT_CHECK_max_throughput_cv,
		.value = cv,
		.limit = limit,
		.stolen_ns = stolen_ns,
		.excused = stolen_ns && least_cv(rates, count) <= limit,
		.fix = "see with -v which workers shared a core or moved often; if they are meant "
		       "to "
		       "differ, raise max_throughput_cv in the test's checks"};
	kt_check_missed(&miss, &d, v,
		"the throughput of the %zu workers of %s varies by %s (standard deviation / mean)",
		count, d.where, kt_format_number(cv, text));
}

struct kt_check_tally kt_check_max_throughput_cv(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};
	KT_AUTO_DONE(kt_groups_done) struct kt_groups groups;
	KT_AUTOFREE struct rate *rates = calloc(o->workers.count + 1, sizeof(*rates));
	bool compared = false;

	kt_groups_make(o, KT_GROUPS_BY_WORK, "max_throughput_cv", v, &groups);
	for (size_t i = 0; rates && i < groups.count; i++) {
		compared |= groups.items[i].count > 1;
		if (groups.items[i].count > 1)
			judge_throughput(o, &groups.items[i], limit, rates, &tally, v);
	}
	if (groups.count && !compared)
		kt_check_nothing(KT_CHECK_max_throughput_cv,
			rates ? "no work has two workers to compare"
			      : "there is no memory to compare",
			"give a work of the test two or more workers", v);
	return tally;
}
