// SPDX-License-Identifier: GPL-2.0-only
/* Steps from their descriptors: lists counted, holds, ops and cgroups resolved. */
#include <stdlib.h>

#include "base/mem.h"
#include "scenario/hold.h"
#include "scenario/op_info.h"
#include "scenario/plan_list.h"

int kt_plan_fail_endless(const char *what, const char *macro, struct kt_err *err)
{
	int r = kt_fail(err, EINVAL, "end the list", "the list of %s has no end within %u elements",
		what, KT_PLAN_LIST_MAX);
	kt_fix(err, "write the list with %s(...), which ends it", macro);
	return r;
}

void kt_plan_steps_done(struct kt_plan_steps *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->items[i].ops);
		free(s->items[i].cgroups);
	}
	free(s->items);
	*s = (struct kt_plan_steps){0};
}

static int fail_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free memory", "out of memory for the plan");
}

static int count_steps(const struct ktstr_step *steps, size_t *ret, struct kt_err *err)
{
	size_t n = 0;
	while (steps[n].hold.kind != KTSTR_HOLD_KIND_END)
		if (++n > KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("steps", "KTSTR_STEPS", err);
	/* A step without a hold would end the list, and it and all after it would be lost. */
	if (steps[n].ops || steps[n].cgroups)
		return kt_fail(err, EINVAL,
			"begin each step with its hold, such as KTSTR_HOLD_FULL or "
			"KTSTR_HOLD_MS(500)",
			"step %zu has ops or cgroups but no hold", n);
	if (!n)
		return kt_fail(err, EINVAL, "add at least one step, such as KTSTR_STEP(...)",
			"the list of steps is empty: the test would do nothing");
	*ret = n;
	return 0;
}

static int take_ops(const struct kt_topo *topo, const struct ktstr_op *ops,
	struct kt_plan_step *step, struct kt_err *err)
{
	size_t n = 0;
	while (ops && ops[n].kind != KTSTR_OP_END)
		if (++n > KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("ops", "KTSTR_OPS", err);
	if (!n)
		return 0;
	step->ops = calloc(n, sizeof(*step->ops));
	if (!step->ops)
		return fail_memory(err);
	for (; step->op_count < n; step->op_count++) {
		size_t i = step->op_count;
		int r = kt_plan_resolve_op(topo, &ops[i], &step->ops[i], err);
		if (r < 0)
			return kt_wrap(err, r, "op %zu (%s)", i, kt_op_name(ops[i].kind));
	}
	return 0;
}

static int take_cgroups(const struct kt_topo *topo, const struct ktstr_cgroup *cgroups,
	struct kt_plan_step *step, struct kt_err *err)
{
	size_t n = 0;
	while (cgroups && cgroups[n].name)
		if (++n > KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("cgroups", "KTSTR_CGROUPS", err);
	if (cgroups && (cgroups[n].work || cgroups[n].cpuset.kind != KTSTR_CPUS_KIND_UNSET))
		return kt_fail(err, EINVAL, "begin each KTSTR_CGROUP with its name",
			"cgroup %zu of the list has no name", n);
	if (!n)
		return 0;
	step->cgroups = calloc(n, sizeof(*step->cgroups));
	if (!step->cgroups)
		return fail_memory(err);
	for (; step->cgroup_count < n; step->cgroup_count++) {
		size_t i = step->cgroup_count;
		int r = kt_plan_resolve_cgroup(topo, &cgroups[i], &step->cgroups[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Fields that own memory are filled as far as it got, also on failure. */
static int take_step(const struct kt_topo *topo, uint64_t duration_ms,
	const struct ktstr_step *from, struct kt_plan_step *step, struct kt_err *err)
{
	step->hold = from->hold.kind;
	int r = kt_hold_resolve(&from->hold, duration_ms, &step->hold_ns, err);
	if (!r)
		r = take_ops(topo, from->ops, step, err);
	if (!r)
		r = take_cgroups(topo, from->cgroups, step, err);
	return r;
}

static bool step_needs_cpuset(const struct kt_plan_step *step)
{
	for (size_t i = 0; i < step->op_count; i++) {
		const struct kt_plan_op *op = &step->ops[i];
		if (op->kind == KTSTR_OP_set_cpuset || op->kind == KTSTR_OP_clear_cpuset ||
			op->def.confined)
			return true;
	}
	for (size_t i = 0; i < step->cgroup_count; i++)
		if (step->cgroups[i].confined)
			return true;
	return false;
}

int kt_plan_steps_make(const struct kt_topo *topo, uint64_t duration_ms,
	const struct ktstr_step *steps, struct kt_names *names, struct kt_plan_steps *ret,
	struct kt_err *err)
{
	KT_AUTO_DONE(kt_plan_steps_done) struct kt_plan_steps out = {0};
	size_t n = 0;
	int r = count_steps(steps, &n, err);
	if (r < 0)
		return r;
	out.items = calloc(n, sizeof(*out.items));
	if (!out.items)
		return fail_memory(err);
	while (out.count < n) {
		size_t i = out.count++;
		r = take_step(topo, duration_ms, &steps[i], &out.items[i], err);
		if (r < 0)
			return kt_wrap(err, r, "step %zu", i);
		out.needs_cpuset |= step_needs_cpuset(&out.items[i]);
	}
	r = kt_plan_walk(&out, duration_ms, names, &out.worker_count, err);
	if (r < 0)
		return r;
	*ret = out;
	out = (struct kt_plan_steps){0};
	return 0;
}
