// SPDX-License-Identifier: GPL-2.0-only
/*
 * min_page_locality, max_cross_node_migration_ratio and max_slow_tier_ratio: where the memory of
 * a cgroup's workers is. That there are pages is promised by who asks for their place, so none
 * at all fails the locality; a ratio to pages that were only measured is undecided without any.
 */
#include "base/mem.h"
#include "report/check_say.h"
#include "report/format.h"
#include "report/groups.h"

/* Of the workers of a group that could be measured. */
struct pages {
	size_t measured, counted; /* workers: their pages; what the machine moved meanwhile */
	double total, expected, slow;
	double moved; /* of the whole machine: each worker saw the same, or a part of it */
};

static struct pages pages_of(const struct kt_group *g)
{
	struct pages p = {0};

	for (size_t i = 0; i < g->count; i++) {
		const struct kt_work_result *r = g->members[i];

		if (!(r->measured & KT_WORK_HAS_PAGES))
			continue;
		p.measured++;
		p.total += (double)r->pages_total;
		p.expected += (double)r->pages_expected;
		p.slow += (double)r->pages_slow;
		if (!(r->measured & KT_WORK_HAS_MIGRATED))
			continue;
		p.counted++;
		p.moved = KT_MAX(p.moved, (double)r->pages_migrated);
	}
	return p;
}

static void no_pages(enum kt_check_id check, const struct kt_group *g, struct kt_verdict *v)
{
	struct kt_verdict_detail d = kt_check_head_cgroup(check, g->members[0]);

	kt_check_undecided(&d, "give the test work that uses memory", v,
		"the workers of %s have no page, so there is nothing to divide by", d.where);
}

static void missed(enum kt_check_id check, const struct kt_group *g, double value, double limit,
	const char *what, double part, double total, const char *fix, struct kt_verdict *v)
{
	struct kt_check_miss miss = {.check = check, .value = value, .limit = limit, .fix = fix};
	struct kt_verdict_detail d = kt_check_head_cgroup(check, g->members[0]);
	char text[KT_FORMAT_BYTES];

	kt_check_missed(&miss, &d, v, "of %.0f pages of the workers of %s %.0f %s: %s", total,
		d.where, part, what, kt_format_number(value, text));
}

static bool judge_locality(
	const struct kt_group *g, double limit, struct kt_check_tally *tally, struct kt_verdict *v)
{
	enum kt_check_id check = KT_CHECK_min_page_locality;
	struct pages p = pages_of(g);
	double share = p.total > 0 ? p.expected / p.total : 0;

	if (!p.measured)
		return false;
	kt_check_note(check, share, tally);
	if (!(share >= limit))
		missed(check, g, share, limit, "are where they belong", p.expected, p.total,
			"see pages_by_node in the result; a cgroup whose CPUs or memory nodes "
			"change "
			"leaves its pages behind",
			v);
	return true;
}

static bool judge_moves(
	const struct kt_group *g, double limit, struct kt_check_tally *tally, struct kt_verdict *v)
{
	enum kt_check_id check = KT_CHECK_max_cross_node_migration_ratio;
	struct pages p = pages_of(g);

	if (!p.counted)
		return false;
	if (p.total <= 0) {
		no_pages(check, g, v);
		return true;
	}
	kt_check_note(check, p.moved / p.total, tally);
	if (!(p.moved <= limit * p.total))
		missed(check, g, p.moved / p.total, limit, "were moved to another node", p.moved,
			p.total,
			"see whether tasks are moved between nodes (max_migrations), which "
			"makes the kernel move their memory after them",
			v);
	return true;
}

static bool judge_slow(
	const struct kt_group *g, double limit, struct kt_check_tally *tally, struct kt_verdict *v)
{
	enum kt_check_id check = KT_CHECK_max_slow_tier_ratio;
	struct pages p = pages_of(g);

	if (!p.measured)
		return false;
	if (p.total <= 0) {
		no_pages(check, g, v);
		return true;
	}
	kt_check_note(check, p.slow / p.total, tally);
	if (!(p.slow <= limit * p.total))
		missed(check, g, p.slow / p.total, limit, "are on nodes without CPUs", p.slow,
			p.total, "give the nodes with CPUs more memory, or bind the work to them",
			v);
	return true;
}

static struct kt_check_tally each_cgroup(const struct kt_outcome *o, enum kt_check_id check,
	double limit, struct kt_verdict *v,
	bool (*judge)(const struct kt_group *g, double limit, struct kt_check_tally *tally,
		struct kt_verdict *v))
{
	struct kt_check_tally tally = {0};
	KT_AUTO_DONE(kt_groups_done) struct kt_groups groups;
	bool measured = false;

	kt_groups_make(o, KT_GROUPS_BY_CGROUP, kt_check_info(check)->name, v, &groups);
	for (size_t i = 0; i < groups.count; i++)
		measured |= judge(&groups.items[i], limit, &tally, v);
	if (groups.count && !measured)
		kt_check_nothing(check, "no worker's pages could be counted",
			"boot a kernel with CONFIG_NUMA and give the test work that uses memory",
			v);
	return tally;
}

struct kt_check_tally kt_check_min_page_locality(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	return each_cgroup(o, KT_CHECK_min_page_locality, limit, v, judge_locality);
}

struct kt_check_tally kt_check_max_cross_node_migration_ratio(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	return each_cgroup(o, KT_CHECK_max_cross_node_migration_ratio, limit, v, judge_moves);
}

struct kt_check_tally kt_check_max_slow_tier_ratio(
	const struct kt_outcome *o, double limit, struct kt_verdict *v)
{
	return each_cgroup(o, KT_CHECK_max_slow_tier_ratio, limit, v, judge_slow);
}
