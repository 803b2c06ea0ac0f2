// SPDX-License-Identifier: GPL-2.0-only
/*
 * max_gap_ms: the longest time in which a worker got nothing done. What the host stole is
 * taken out: beyond the limit even then is the scheduler's; within it is undecidable. Of a
 * worker that timed out the gap that was open at the stop counts.
 */
#include "base/clock.h"
#include "report/check_say.h"
#include "report/format.h"
#include "report/host.h"
#include "report/workers.h"

#define NAME "max_gap_ms"

static double ms_of(uint64_t ns)
{
	return (double)ns / (double)KT_NS_PER_MS;
}

/* ", on CPU 1 until 2.9 s after its start"; where a hung worker waits its counters do not say. */
static const char *when_of(const struct kt_work_result *r, char *buf, size_t bytes)
{
	char at[KT_FORMAT_BYTES];

	if (kt_workers_timed_out(r))
		snprintf(buf, bytes, " until the stop, then timed out");
	else
		snprintf(buf, bytes, ", on CPU %u until %s after its start", r->gap_cpu,
			kt_format_seconds(r->gap_at_ns, at));
	return buf;
}

static void too_long(const struct kt_outcome *o, const struct kt_work_result *r, double limit,
	struct kt_verdict *v)
{
	uint64_t stolen_ns = kt_host_stolen_in_gap_ns(o, r);
	double gap_ms = ms_of(r->gap_ns);
	struct kt_verdict_detail d = {
		.name = NAME, .has_value = true, .value = gap_ms, .bound = limit, .unit = "ms"};
	char gap[KT_FORMAT_BYTES], bound[KT_FORMAT_BYTES], stolen[KT_FORMAT_BYTES], when[128];

	kt_workers_blame(o, r, v, &d);
	kt_format_number((double)(uint64_t)gap_ms, gap);
	kt_format_number(limit, bound);
	kt_format_ns(stolen_ns, stolen);
	if (gap_ms - ms_of(stolen_ns) <= limit) {
		d.kind = KT_VERDICT_INCONCLUSIVE;
		kt_verdict_add(v, &d,
			"run it again on a less busy host, or give the test fewer CPUs",
			"%s got nothing done for %s ms%s (at most %s ms are allowed), but the host "
			"may have taken up to %s of that from the machine's CPUs",
			d.where, gap, kt_workers_timed_out(r) ? ", then timed out" : "", bound,
			stolen);
		return;
	}
	d.kind = KT_VERDICT_FAIL;
	kt_verdict_add(v, &d,
		"see what else the scheduler ran on that CPU then; if such gaps are meant, raise "
		"max_gap_ms in the test's checks",
		"%s got nothing done for %s ms%s; at most %s ms are allowed%s%s", d.where, gap,
		when_of(r, when, sizeof(when)), bound,
		stolen_ns ? ", and the host explains no more than " : "", stolen_ns ? stolen : "");
}

struct kt_check_tally kt_check_max_gap_ms(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	struct kt_check_tally tally = {0};

	kt_vec_each(r, &o->workers) {
		if (!r->completed && !kt_workers_timed_out(r))
			continue;
		kt_check_note(KT_CHECK_max_gap_ms, ms_of(r->gap_ns), &tally);
		if (!(ms_of(r->gap_ns) <= limit))
			too_long(o, r, limit, v);
	}
	return tally;
}
