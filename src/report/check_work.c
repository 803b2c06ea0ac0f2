// SPDX-License-Identifier: GPL-2.0-only
/*
 * not_starved, isolation and min_iteration_rate: one worker at a time. A time that was
 * measured as zero decides nothing: the check is then inconclusive. A worker that was never
 * picked, not even to end, is starved too: its live counters say so.
 */
#include "base/clock.h"
#include "report/check_say.h"
#include "report/format.h"
#include "report/host.h"
#include "report/workers.h"

static struct kt_verdict_detail detail_of(const struct kt_outcome *o,
	const struct kt_work_result *r, const char *name, const struct kt_verdict *v)
{
	struct kt_verdict_detail d = {.kind = KT_VERDICT_FAIL};

	snprintf(d.name, sizeof(d.name), "%s", name);
	kt_workers_blame(o, r, v, &d);
	return d;
}

static void no_time(const struct kt_outcome *o, const struct kt_work_result *r, const char *name,
	struct kt_verdict *v)
{
	struct kt_verdict_detail d = detail_of(o, r, name, v);

	d.kind = KT_VERDICT_INCONCLUSIVE;
	kt_verdict_add(v, &d, "give the step a longer hold",
		"%s ran for no measurable time, so nothing can be said about it", d.where);
}

static void starved(
	const struct kt_outcome *o, const struct kt_work_result *r, struct kt_verdict *v)
{
	uint64_t stolen_ns = kt_host_stolen_from_ns(o, r);
	struct kt_verdict_detail d = detail_of(o, r, "not_starved", v);
	const char *end = kt_workers_timed_out(r) ? ", then timed out" : "";
	char wall[KT_FORMAT_BYTES], stolen[KT_FORMAT_BYTES];

	d.has_value = true;
	d.bound = 1;
	d.unit = "work units";
	kt_format_ns(r->wall_ns, wall);
	if (stolen_ns >= r->wall_ns) {
		d.kind = KT_VERDICT_INCONCLUSIVE;
		kt_verdict_add(v, &d, "run it again on a less busy host",
			"%s got nothing done in %s%s, but the host may have taken up to %s from "
			"the machine's CPUs",
			d.where, wall, end, kt_format_ns(stolen_ns, stolen));
		return;
	}
	kt_verdict_add(v, &d,
		"see whether the scheduler ever picked it: -v shows CPU time and CPUs of every "
		"worker",
		"%s got nothing done in %s%s", d.where, wall, end);
}

struct kt_check_tally kt_check_not_starved(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};

	(void)limit; /* a flag has none */
	kt_vec_each(r, &o->workers) {
		if (!r->completed && !kt_workers_timed_out(r))
			continue;
		kt_check_note(KT_CHECK_not_starved, (double)r->work_units, &tally);
		if (r->work_units)
			continue;
		if (r->wall_ns)
			starved(o, r, v);
		else
			no_time(o, r, "not_starved", v);
	}
	return tally;
}

/* "0-1" into fresh memory; never NULL-printing. */
static const char *or_unknown(const char *text)
{
	return text ? text : "?";
}

/* The cpuset at the end is shown only where there still is one: it may be cleared by then. */
static void ran_outside(
	const struct kt_outcome *o, const struct kt_work_result *r, struct kt_verdict *v)
{
	KT_AUTOFREE char *outside = kt_cpus_text(&r->cpus_outside);
	KT_AUTOFREE char *allowed = kt_cpus_text(&r->cpus_allowed);
	struct kt_verdict_detail d = detail_of(o, r, "isolation", v);

	d.has_value = true;
	d.value = (double)r->outside;
	d.unit = "times";
	kt_verdict_add(v, &d,
		"the scheduler must honour the cpuset: check the mask it picks CPUs from",
		"%s was seen %ju times on CPUs %s, outside its cpuset%s%s", d.where,
		(uintmax_t)r->outside, or_unknown(outside), r->confined ? " " : "",
		r->confined ? or_unknown(allowed) : "");
}

struct kt_check_tally kt_check_isolation(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};

	(void)limit; /* a flag has none */
	kt_vec_each(r, &o->workers) {
		if (!r->completed || (!r->confined && !r->outside))
			continue;
		kt_check_note(KT_CHECK_isolation, (double)r->outside, &tally);
		if (r->outside)
			ran_outside(o, r, v);
	}
	if (!tally.judged)
		kt_check_nothing(KT_CHECK_isolation, "no worker ended in a cgroup with a cpuset",
			"give a cgroup of the test a cpuset, or do not ask for isolation", v);
	return tally;
}

/* On an idle host it would have made the same iterations in the time that is left. */
static void too_slow(const struct kt_outcome *o, const struct kt_work_result *r, double limit,
	struct kt_verdict *v)
{
	uint64_t stolen_ns = kt_host_stolen_from_ns(o, r);
	double left_s = (double)(r->wall_ns - stolen_ns) / (double)KT_NS_PER_S;
	struct kt_verdict_detail d = detail_of(o, r, "min_iteration_rate", v);
	char rate[KT_FORMAT_BYTES], bound[KT_FORMAT_BYTES], stolen[KT_FORMAT_BYTES];

	d.has_value = true;
	d.value = (double)r->iterations / ((double)r->wall_ns / (double)KT_NS_PER_S);
	d.bound = limit;
	d.unit = "iterations/s";
	kt_format_number(d.value, rate);
	kt_format_number(limit, bound);
	if (stolen_ns && (double)r->iterations >= limit * left_s) {
		d.kind = KT_VERDICT_INCONCLUSIVE;
		kt_verdict_add(v, &d, "run it again on a less busy host",
			"%s made %s iterations/s (at least %s are wanted), but the host may have "
			"taken up to %s from the machine's CPUs",
			d.where, rate, bound, kt_format_ns(stolen_ns, stolen));
		return;
	}
	kt_verdict_add(v, &d,
		"give the worker more CPU time, or lower min_iteration_rate in the test's checks",
		"%s made %s iterations/s; at least %s are wanted", d.where, rate, bound);
}

struct kt_check_tally kt_check_min_iteration_rate(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};

	kt_vec_each(r, &o->workers) {
		double wall_s = (double)r->wall_ns / (double)KT_NS_PER_S;

		if (!r->completed)
			continue;
		if (!r->wall_ns) {
			no_time(o, r, "min_iteration_rate", v);
			continue;
		}
		kt_check_note(KT_CHECK_min_iteration_rate, (double)r->iterations / wall_s, &tally);
		if (!((double)r->iterations >= limit * wall_s))
			too_slow(o, r, limit, v);
	}
	return tally;
}
