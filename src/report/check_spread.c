// SPDX-License-Identifier: GPL-2.0-only
/*
 * max_spread_pct: how unevenly the workers of one work are served, as the difference between
 * the largest and the smallest share of time off the CPU. Only workers that do the same and
 * were started together are compared.
 */
#include "base/mem.h"
#include "report/check_say.h"
#include "report/format.h"
#include "report/groups.h"
#include "report/host.h"
#include "report/workers.h"

#define NAME "max_spread_pct"

/* Of one work. */
struct range {
	const struct kt_work_result *first;
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

static void widen(struct range *range, const struct kt_work_result *r)
{
	if (!range->first)
		range->first = r;
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

static struct kt_verdict_detail undecided(const char *where, int phase)
{
	struct kt_verdict_detail d = {
		.kind = KT_VERDICT_INCONCLUSIVE, .name = NAME, .phase = phase};

	snprintf(d.where, sizeof(d.where), "%s", where);
	return d;
}

static void judge_range(
	const struct kt_outcome *o, const struct range *range, double limit, struct kt_verdict *v)
{
	if (range->unmeasured) {
		struct kt_verdict_detail d =
			undecided(kt_workers_cgroup(range->first), range->first->phase);
		kt_verdict_add(v, &d, "give the step a longer hold",
			"a worker of %s ran for no measurable time, so its share is unknown",
			d.where);
	}
	if (range->low && !(off_cpu_pct(range->high) - off_cpu_pct(range->low) <= limit))
		too_uneven(o, range, limit, v);
}

struct kt_check_tally kt_check_max_spread_pct(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};
	KT_AUTO_DONE(kt_groups_done) struct kt_groups groups;

	kt_groups_make(o, KT_GROUPS_BY_WORK, NAME, v, &groups);
	for (size_t i = 0; i < groups.count; i++) {
		struct range range = {0};

		for (size_t k = 0; k < groups.items[i].count; k++)
			widen(&range, groups.items[i].members[k]);
		if (range.low)
			kt_check_note(KT_CHECK_max_spread_pct,
				off_cpu_pct(range.high) - off_cpu_pct(range.low), &tally);
		judge_range(o, &range, limit, v);
	}
	return tally;
}
