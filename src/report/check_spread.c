// SPDX-License-Identifier: GPL-2.0-only
/*
 * max_spread_pct: how unevenly the workers of one work are served, as the difference between
 * the largest and the smallest share of time off the CPU. Only workers that do the same and
 * were started together are compared.
 */
#include <string.h>

#include "report/check.h"
#include "report/format.h"
#include "report/host.h"
#include "report/workers.h"

#define NAME "max_spread_pct"

struct range {
	const struct kt_work_result *low, *high;
	uint64_t shortest_ns; /* wall time */
	bool unmeasured;      /* a worker ran for no time */
};

static double off_cpu_pct(const struct kt_work_result *r)
{
	if (r->cpu_ns >= r->wall_ns)
		return 0;
	return 100 * (double)(r->wall_ns - r->cpu_ns) / (double)r->wall_ns;
}

static bool same_work(const struct kt_work_result *a, const struct kt_work_result *b)
{
	return a->phase == b->phase && a->group == b->group && !strcmp(a->cgroup, b->cgroup);
}

static void widen(struct range *range, const struct kt_work_result *r)
{
	if (!r->wall_ns) {
		range->unmeasured = true;
		return;
	}
	if (!range->low || off_cpu_pct(r) < off_cpu_pct(range->low))
		range->low = r;
	if (!range->high || off_cpu_pct(r) > off_cpu_pct(range->high))
		range->high = r;
	if (!range->shortest_ns || r->wall_ns < range->shortest_ns)
		range->shortest_ns = r->wall_ns;
}

/* False unless R is the first reported worker of its work: each work is judged once. */
static bool range_from(
	const struct kt_outcome *o, const struct kt_work_result *r, struct range *ret)
{
	*ret = (struct range){0};
	kt_vec_each(other, &o->workers) {
		if (!other->completed || !same_work(other, r))
			continue;
		if (other < r)
			return false;
		widen(ret, other);
	}
	return true;
}

/* The host slows one worker only in the worst case, so all it stole may be the difference. */
static void too_uneven(
	const struct kt_outcome *o, const struct range *range, double limit, struct kt_verdict *v)
{
	double low = off_cpu_pct(range->low), high = off_cpu_pct(range->high);
	uint64_t stolen_ns = kt_host_stolen_from_ns(o, range->high);
	double stolen_pct = 100 * (double)stolen_ns / (double)range->shortest_ns;
	struct kt_verdict_detail d = {.kind = KT_VERDICT_FAIL,
		.name = NAME,
		.phase = range->low->phase,
		.has_value = true,
		.value = high - low,
		.bound = limit,
		.unit = "%"};
	char a[KT_FORMAT_BYTES], b[KT_FORMAT_BYTES], spread[KT_FORMAT_BYTES],
		bound[KT_FORMAT_BYTES], stolen[KT_FORMAT_BYTES];

	snprintf(d.where, sizeof(d.where), "%s", kt_workers_cgroup(range->low));
	kt_format_number(low, a);
	kt_format_number(high, b);
	kt_format_number(high - low, spread);
	kt_format_number(limit, bound);
	if (high - low - stolen_pct <= limit) {
		d.kind = KT_VERDICT_INCONCLUSIVE;
		kt_verdict_add(v, &d, "run it again on a less busy host",
			"the workers of %s were off the CPU for %s %% to %s %% of the time, a "
			"difference of %s (at most %s is allowed), but the host may have taken up "
			"to %s from the machine's CPUs",
			d.where, a, b, spread, bound, kt_format_ns(stolen_ns, stolen));
		return;
	}
	kt_verdict_add(v, &d,
		"see with -v which workers shared a CPU; if the load is meant to be uneven, raise "
		"max_spread_pct in the test's checks",
		"the workers of %s were off the CPU for %s %% (worker %u) to %s %% (worker %u) of "
		"the time, a difference of %s; at most %s is allowed",
		d.where, a, range->low->index, b, range->high->index, spread, bound);
}

void kt_check_max_spread_pct(const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	kt_vec_each(r, &o->workers) {
		struct range range;

		if (!r->completed || !range_from(o, r, &range))
			continue;
		if (range.unmeasured) {
			struct kt_verdict_detail d = {
				.kind = KT_VERDICT_INCONCLUSIVE, .name = NAME, .phase = r->phase};
			snprintf(d.where, sizeof(d.where), "%s", kt_workers_cgroup(r));
			kt_verdict_add(v, &d, "give the step a longer hold",
				"a worker of %s ran for no measurable time, so its share is "
				"unknown",
				d.where);
		}
		if (range.low && !(off_cpu_pct(range.high) - off_cpu_pct(range.low) <= limit))
			too_uneven(o, &range, limit, v);
	}
}
