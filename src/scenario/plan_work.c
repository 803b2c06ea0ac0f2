// SPDX-License-Identifier: GPL-2.0-only
/*
 * Works of a cgroup or op. A work keeps the form in which the test has it; what its cgroup adds
 * and what --work replaces is put together by kt_plan_work(), for the rules and for the engine.
 */
#include "base/log.h"
#include "scenario/plan_list.h"
#include "scenario/work_rules.h"
#include "work/kind.h"
#include "work/work.h"

/* The load of a cgroup that names none. */
static const struct ktstr_work default_work = {.kind = KTSTR_WORK_spin_wait};

static void fill_set(struct ktstr_set *own, const struct ktstr_set *of_cgroup)
{
	if (!own->set)
		*own = *of_cgroup;
}

static void fill_defaults(struct ktstr_work *work, const struct ktstr_cgroup *cgroup)
{
	fill_set(&work->nice, &cgroup->nice);
	fill_set(&work->uid, &cgroup->uid);
	fill_set(&work->gid, &cgroup->gid);
	/* Whoever says both where it runs and where its memory is has no use for a node. */
	if (work->affinity.kind == KTSTR_AFFINITY_KIND_INHERIT ||
		work->mempolicy.kind == KTSTR_MEMPOLICY_KIND_DEFAULT)
		fill_set(&work->numa_node, &cgroup->numa_node);
	if (!work->comm)
		work->comm = cgroup->comm;
	if (!work->pcomm)
		work->pcomm = cgroup->pcomm;
}

/*
 * WORK with another kind and that kind's standard parameters; all else stays, also how many
 * workers it has where it does not say so.
 */
static struct ktstr_work of_kind(const struct ktstr_work *work, enum ktstr_work_kind kind)
{
	return (struct ktstr_work){
		.kind = kind,
		.workers = work->workers_pct > 0 ? 0 : kt_work_workers(work),
		.workers_pct = work->workers_pct,
		.mode = work->mode,
		.affinity = work->affinity,
		.policy = work->policy,
		.mempolicy = work->mempolicy,
		.nice = work->nice,
		.uid = work->uid,
		.gid = work->gid,
		.numa_node = work->numa_node,
		.comm = work->comm,
		.pcomm = work->pcomm,
	};
}

/* How many a fraction comes to is not known here, so that only teams of one fit for sure. */
static int check_swap(
	const struct kt_topo *topo, const struct ktstr_work *other, struct kt_err *err)
{
	if (other->workers_pct > 0 && kt_work_team(other) != 1)
		return kt_fail(err, EINVAL, "give .workers instead of .workers_pct",
			"a part of the CPUs may be no multiple of %u workers", kt_work_team(other));
	return kt_work_rules_check(topo, other, err);
}

/* ERR says why WORKS->kind does not fit, and is left alone where it does. */
static struct ktstr_work swapped(
	const struct kt_topo *topo, const struct kt_plan_works *works, size_t i, struct kt_err *err)
{
	struct ktstr_work work = works->items[i];
	if (works->defaults)
		fill_defaults(&work, works->defaults);
	if (works->kind == KTSTR_WORK_END)
		return work;
	struct ktstr_work other = of_kind(&work, works->kind);
	return check_swap(topo, &other, err) < 0 ? work : other;
}

struct ktstr_work kt_plan_work(
	const struct kt_topo *topo, const struct kt_plan_works *works, size_t i)
{
	struct kt_err ignored;
	return swapped(topo, works, i, &ignored);
}

void kt_plan_swap_kind(
	const struct kt_topo *topo, struct kt_plan_works *works, enum ktstr_work_kind kind)
{
	if (kind == KTSTR_WORK_END || !works->defaults || !works->defaults->swappable)
		return;
	works->kind = kind;
	for (size_t i = 0; i < works->count; i++) {
		struct kt_err why = {0};
		if (swapped(topo, works, i, &why).kind != kind)
			kt_log(KT_LOG_INFO, "cgroup '%s', work %zu: it stays %s: %s",
				works->defaults->name, i, kt_work_kind_name(works->items[i].kind),
				why.text);
	}
}

static int check_work(
	const struct kt_topo *topo, const struct kt_plan_works *works, size_t i, struct kt_err *err)
{
	const struct ktstr_work work = kt_plan_work(topo, works, i);
	int r = kt_work_rules_check(topo, &work, err);
	return r < 0 ? kt_work_rules_wrap(err, r, work.kind, NULL) : 0;
}

int kt_plan_take_works(const struct kt_topo *topo, const struct ktstr_work *works,
	const struct ktstr_cgroup *defaults, struct kt_plan_works *ret, struct kt_err *err)
{
	struct kt_plan_works out = {.items = works, .defaults = defaults};
	for (; works && works[out.count].kind != KTSTR_WORK_END; out.count++) {
		if (out.count == KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("works", "KTSTR_WORKS", err);
		int r = check_work(topo, &out, out.count, err);
		if (r < 0)
			return r;
	}
	if (works && (works[out.count].workers || works[out.count].workers_pct > 0))
		return kt_fail(err, EINVAL, "write each work with KTSTR_WORK(kind, ...)",
			"work %zu of the list has workers but no kind", out.count);
	int r = 0;
	if (!out.count) {
		out.items = &default_work;
		out.count = 1;
		r = check_work(topo, &out, 0, err);
	}
	if (!r)
		*ret = out;
	return r;
}

int kt_plan_take_work(const struct kt_topo *topo, const struct ktstr_work *work,
	struct kt_plan_works *ret, struct kt_err *err)
{
	struct kt_plan_works out = {.items = work ? work : &default_work, .count = 1};
	int r = check_work(topo, &out, 0, err);
	if (!r)
		*ret = out;
	return r;
}
