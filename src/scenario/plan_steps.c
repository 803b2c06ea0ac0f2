// SPDX-License-Identifier: GPL-2.0-only
/* Steps from their descriptors: lists counted, holds, ops and cgroups resolved. */
#include <stdlib.h>

#include "base/mem.h"
#include "scenario/hold.h"
#include "scenario/op_info.h"
#include "scenario/plan_list.h"
#include "scenario/plan_memory.h"

int kt_plan_fail_endless(const char *what, const char *macro, struct kt_err *err)
{
	int r = kt_fail(err, EINVAL, "end the list", "the list of %s has no end within %u elements",
		what, KT_PLAN_LIST_MAX);
	kt_fix(err, "write the list with %s(...), which ends it", macro);
	return r;
}

void kt_plan_ops_free(struct kt_plan_op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(ops[i].writes.owned);
	free(ops);
}

void kt_plan_steps_done(struct kt_plan_steps *s)
{
	for (size_t i = 0; i < s->count; i++) {
		kt_plan_ops_free(s->items[i].ops, s->items[i].op_count);
		free(s->items[i].cgroups);
	}
	free(s->items);
	*s = (struct kt_plan_steps){0};
}

void kt_plan_steps_swap_kinds(
	const struct kt_topo *topo, const struct kt_plan_steps *s, enum ktstr_work_kind kind)
{
	for (size_t i = 0; i < s->count; i++) {
		struct kt_plan_step *step = &s->items[i];
		for (size_t j = 0; j < step->op_count; j++)
			kt_plan_swap_kind(topo, &step->ops[j].def.works, kind);
		for (size_t j = 0; j < step->cgroup_count; j++)
			kt_plan_swap_kind(topo, &step->cgroups[j].works, kind);
	}
}

struct kt_part kt_plan_step_part(const struct kt_plan_step *step, const char *where)
{
	return (struct kt_part){
		.where = where,
		.ops = step->ops,
		.op_count = step->op_count,
		.ops_written = step->ops_written,
		.cgroups = step->cgroups,
		.cgroup_count = step->cgroup_count,
		.in_loop = step->hold == KTSTR_HOLD_KIND_LOOP,
	};
}

struct kt_part kt_plan_backdrop_part(const struct kt_plan_backdrop *b)
{
	return (struct kt_part){
		.where = "the backdrop",
		.ops = b->ops,
		.op_count = b->op_count,
		.ops_written = b->ops_written,
		.cgroups = b->cgroups,
		.cgroup_count = b->cgroup_count,
	};
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

int kt_plan_take_ops(const struct kt_topo *topo, const struct ktstr_op *list,
	struct kt_plan_op **ret_ops, size_t *ret_count, struct kt_err *err)
{
	size_t n = 0;
	while (list && list[n].kind != KTSTR_OP_END)
		if (++n > KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("ops", "KTSTR_OPS", err);
	if (!n)
		return 0;
	*ret_ops = calloc(n, sizeof(**ret_ops));
	if (!*ret_ops)
		return fail_memory(err);
	for (; *ret_count < n; ++*ret_count) {
		size_t i = *ret_count;
		int r = kt_plan_resolve_op(topo, &list[i], &(*ret_ops)[i], err);
		if (r < 0)
			return kt_wrap(err, r, "op %zu (%s)", i, kt_op_name(list[i].kind));
		(*ret_ops)[i].index = i;
	}
	return 0;
}

/* Field by field: bytes between the fields may be anything. */
static bool has_knobs(const struct ktstr_cgroup *c)
{
	return c->cpuset.kind != KTSTR_CPUS_KIND_UNSET || c->mems || c->cpu.quota_pct ||
	       c->cpu.quota_us || c->cpu.period_us || c->cpu_weight || c->memory.max ||
	       c->memory.high || c->memory.low || c->memory.swap_max || c->io_weight || c->pids_max;
}

static bool has_defaults(const struct ktstr_cgroup *c)
{
	return c->nice.set || c->uid.set || c->gid.set || c->numa_node.set || c->comm || c->pcomm ||
	       c->swappable;
}

/* Of those without a name: the one that ends the list, not one whose name was forgotten. */
static bool is_end(const struct ktstr_cgroup *c)
{
	return !has_knobs(c) && !has_defaults(c) && !c->work && !c->payload;
}

int kt_plan_take_cgroups(const struct kt_topo *topo, const struct ktstr_cgroup *list,
	struct kt_plan_cgroup **ret_cgroups, size_t *ret_count, struct kt_err *err)
{
	size_t n = 0;
	while (list && list[n].name)
		if (++n > KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("cgroups", "KTSTR_CGROUPS", err);
	if (list && !is_end(&list[n]))
		return kt_fail(err, EINVAL, "begin each KTSTR_CGROUP with its name",
			"cgroup %zu of the list has no name", n);
	if (!n)
		return 0;
	*ret_cgroups = calloc(n, sizeof(**ret_cgroups));
	if (!*ret_cgroups)
		return fail_memory(err);
	for (; *ret_count < n; ++*ret_count) {
		size_t i = *ret_count;
		int r = kt_plan_resolve_cgroup(topo, &list[i], &(*ret_cgroups)[i], err);
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
		r = kt_plan_take_ops(topo, from->ops, &step->ops, &step->op_count, err);
	step->ops_written = step->op_count;
	if (!r)
		r = kt_plan_merge_cold_writes(step->ops, &step->op_count, err);
	if (!r)
		r = kt_plan_take_cgroups(
			topo, from->cgroups, &step->cgroups, &step->cgroup_count, err);
	return r;
}

/* Threads that are placed one by one need threaded cgroups. */
static unsigned controllers_of_works(const struct kt_plan_works *works)
{
	for (size_t i = 0; i < works->count; i++)
		if (works->items[i].mode == KTSTR_MODE_THREADS)
			return KT_CONTROLLERS_THREADED;
	return 0;
}

static unsigned controllers_of_cgroup(const struct kt_plan_cgroup *cgroup)
{
	return cgroup->controllers | controllers_of_works(&cgroup->works);
}

static unsigned controllers_of_op(const struct kt_plan_op *op)
{
	bool cpuset = op->kind == KTSTR_OP_set_cpuset || op->kind == KTSTR_OP_clear_cpuset ||
		      op->kind == KTSTR_OP_swap_cpusets || op->kind == KTSTR_OP_set_affinity;
	return controllers_of_cgroup(&op->def) | controllers_of_works(&op->work) |
	       (cpuset ? KT_CONTROLLER_BIT(KT_CONTROLLER_cpuset) : 0);
}

unsigned kt_plan_part_controllers(const struct kt_part *part)
{
	unsigned mask = 0;
	for (size_t i = 0; i < part->op_count; i++)
		mask |= controllers_of_op(&part->ops[i]);
	for (size_t i = 0; i < part->cgroup_count; i++)
		mask |= controllers_of_cgroup(&part->cgroups[i]);
	return mask;
}

int kt_plan_steps_make(const struct kt_topo *topo, uint64_t duration_ms,
	const struct ktstr_step *steps, struct kt_names *names, const char *test,
	struct kt_plan_steps *ret, struct kt_err *err)
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
		const struct kt_part part = kt_plan_step_part(&out.items[i], "");
		out.controllers |= kt_plan_part_controllers(&part);
	}
	r = kt_plan_walk(topo, &out, duration_ms, names, test, &out.worker_count, err);
	if (r < 0)
		return r;
	*ret = out;
	out = (struct kt_plan_steps){0};
	return 0;
}
