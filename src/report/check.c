// SPDX-License-Identifier: GPL-2.0-only
/* The rows of check.def as a table, what they imply, and the loop over them. */
#include "report/check.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/workers.h"

static const struct {
	const char *name;
	kt_check_fn *run;
} rows[] = {
#define CHECK(name, type, limit, unit, sentence) {#name, kt_check_##name},
#include "macros/check.def"
#undef CHECK
};

static const struct ktstr_checks defaults = {
#define CHECK(name, type, limit, unit, sentence) .name = limit,
#include "macros/check.def"
#undef CHECK
};

struct ktstr_checks kt_check_effective(const struct ktstr_checks *asked)
{
	struct ktstr_checks c = *asked;

	if (c.not_starved && c.max_gap_ms == 0)
		c.max_gap_ms = defaults.max_gap_ms;
	if (c.not_starved && c.max_spread_pct == 0)
		c.max_spread_pct = defaults.max_spread_pct;
	return c;
}

/* The limits in the order of the rows; 0: the check is off. */
static void limits_of(const struct ktstr_checks *c, double limits[KT_ARRAY_LEN(rows)])
{
	size_t i = 0;

#define CHECK(name, type, limit, unit, sentence) limits[i++] = (double)c->name;
#include "macros/check.def"
#undef CHECK
}

/* What a check can go by: reports, for two of them also the live counters of the hung. */
static bool can_judge(kt_check_fn *check, const struct kt_outcome *o)
{
	bool takes_live = check == kt_check_not_starved || check == kt_check_max_gap_ms;

	kt_vec_each(r, &o->workers)
		if (r->completed || (takes_live && kt_workers_timed_out(r)))
			return true;
	return false;
}

void kt_check_run(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct ktstr_checks checks = kt_check_effective(&o->test->checks);
	double limits[KT_ARRAY_LEN(rows)];
	KT_AUTO_DONE(kt_str_done) struct kt_str skipped = {0};

	limits_of(&checks, limits);
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		if (limits[i] == 0)
			continue;
		if (can_judge(rows[i].run, o))
			rows[i].run(o, limits[i], v);
		else
			kt_str_addf(&skipped, "%s%s", skipped.len ? ", " : "", rows[i].name);
	}
	if (!skipped.len)
		return;
	struct kt_verdict_detail d = {
		.kind = KT_VERDICT_INCONCLUSIVE, .name = "checks", .phase = KT_VERDICT_NO_PHASE};
	kt_verdict_add(v, &d, "give a cgroup of the test workers that run for some time",
		"no worker reported anything, so there is nothing to judge by %s",
		kt_str_get(&skipped));
}
