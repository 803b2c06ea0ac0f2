// SPDX-License-Identifier: GPL-2.0-only
/* The loop over the rows of check.def: which apply, what each had to judge, what it made of it. */
#include "report/check.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/limits.h"
#include "report/workers.h"

static kt_check_fn *const functions[KT_CHECK_COUNT] = {
#define CHECK(name, type, limit, debug, most, zero, unit, sentence, rule)                          \
	[KT_CHECK_##name] = kt_check_##name,
#include "macros/check.def"
#undef CHECK
};

/* What a check can go by: reports, for two of them also the live counters of the hung. */
static bool can_judge(enum kt_check_id id, const struct kt_outcome *o)
{
	bool takes_live = id == KT_CHECK_not_starved || id == KT_CHECK_max_gap_ms;

	kt_vec_each(r, &o->workers)
		if (r->completed || (takes_live && kt_workers_timed_out(r)))
			return true;
	return false;
}

/* One check into V and into its list; false when it had nothing to go by. */
static bool run_one(const struct kt_outcome *o, enum kt_check_id id, const struct kt_limit *limit,
	struct kt_verdict *v)
{
	const struct kt_check_info *row = kt_check_info(id);
	struct kt_verdict_check c = {.name = row->name,
		.unit = row->unit,
		.is_flag = row->is_flag,
		.layer = kt_limit_layer_name(limit->layer),
		.limit = limit->value,
		.kind = KT_VERDICT_INCONCLUSIVE};
	enum kt_verdict_kind before = v->kind;
	bool judged = can_judge(id, o);

	if (judged) {
		v->kind = KT_VERDICT_PASS;
		struct kt_check_tally tally = functions[id](o, limit->value, v);
		c.kind = v->kind;
		c.judged = tally.judged;
		c.worst = tally.worst;
		v->kind = kt_verdict_worst(before, c.kind);
	}
	kt_verdict_add_check(v, &c);
	return judged;
}

void kt_check_run(const struct kt_outcome *o, struct kt_verdict *v)
{
	struct kt_limits limits;
	KT_AUTO_DONE(kt_str_done) struct kt_str skipped = {0};

	kt_limits_merge(o->test, o->kernel_slowness, &limits);
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++)
		if (limits.of[i].on && !run_one(o, (enum kt_check_id)i, &limits.of[i], v))
			kt_str_addf(&skipped, "%s%s", skipped.len ? ", " : "",
				kt_check_info((enum kt_check_id)i)->name);
	if (!skipped.len)
		return;
	struct kt_verdict_detail d = {
		.kind = KT_VERDICT_INCONCLUSIVE, .name = "checks", .phase = KT_VERDICT_NO_PHASE};
	kt_verdict_add(v, &d, "give a cgroup of the test workers that run for some time",
		"no worker reported anything, so there is nothing to judge by %s",
		kt_str_get(&skipped));
}
