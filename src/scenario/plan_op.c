// SPDX-License-Identifier: GPL-2.0-only
/*
 * One op or cgroup from its descriptor to its form in the plan: every field that is needed
 * is there, cpusets are CPU numbers, works are checked. Which fields an op has comes from
 * its row in op.def; what a field means follows from its name, once for all ops.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/cpuset_spec.h"
#include "scenario/names.h"
#include "scenario/op_info.h"
#include "scenario/plan.h"
#include "scenario/plan_list.h"
#include "work/work.h"

/* The load of a cgroup that names none. */
static const struct ktstr_work default_work = {.kind = KTSTR_WORK_spin_wait};

struct taker {
	const struct kt_topo *topo;
	struct kt_plan_op *op;
	bool in_runner;
	struct kt_err *err;
};

static int check_work(const struct ktstr_work *work, struct kt_err *err)
{
	int r = kt_work_check(work, err);
	return r < 0 ? kt_wrap(err, r, "work %s", kt_work_kind_name(work->kind)) : 0;
}

static int take_works(const struct ktstr_work *works, struct kt_plan_works *ret, struct kt_err *err)
{
	size_t count = 0;
	while (works && works[count].kind != KTSTR_WORK_END) {
		int r = check_work(&works[count], err);
		if (r < 0)
			return r;
		if (++count > KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("works", "KTSTR_WORKS", err);
	}
	if (works && works[count].workers)
		return kt_fail(err, EINVAL, "write each work with KTSTR_WORK(kind, ...)",
			"work %zu of the list has workers but no kind", count);
	*ret = count ? (struct kt_plan_works){.items = works, .count = count}
		     : (struct kt_plan_works){.items = &default_work, .count = 1};
	return 0;
}

int kt_plan_resolve_cgroup(const struct kt_topo *topo, const struct ktstr_cgroup *cgroup,
	struct kt_plan_cgroup *ret, struct kt_err *err)
{
	struct kt_plan_cgroup out = {.name = cgroup->name};
	int r = kt_names_check_syntax(cgroup->name, err);
	if (r < 0)
		return r;
	if (cgroup->cpuset.kind != KTSTR_CPUS_KIND_UNSET) {
		out.confined = true;
		r = kt_cpuset_resolve(topo, &cgroup->cpuset, &out.cpuset, err);
	}
	if (!r)
		r = take_works(cgroup->work, &out.works, err);
	if (r < 0)
		return kt_wrap(err, r, "cgroup '%s'", cgroup->name);
	*ret = out;
	return 0;
}

static int fail_unset(const struct taker *t, const char *field, struct kt_err *err)
{
	char fix[128];
	snprintf(fix, sizeof(fix), "write .%s = ... in the op; see 'ktstr help op'", field);
	return kt_fail(err, EINVAL, fix, "its field %s of op %s is not set", field,
		kt_op_name(t->op->kind));
}

static int take_name(struct taker *t, const char *value)
{
	t->op->name = value;
	return kt_names_check_syntax(value, t->err);
}

/* Whether it may be unset depends on in_runner, which is not known yet. */
static int take_cgroup(struct taker *t, const char *value)
{
	t->op->cgroup = value && *value ? value : NULL;
	return 0;
}

static int take_from(struct taker *t, const char *value)
{
	t->op->cgroup = value && *value ? value : NULL;
	return 0;
}

static int take_to(struct taker *t, const char *value)
{
	if (!value || !*value)
		return fail_unset(t, "to", t->err);
	t->op->to = value;
	return 0;
}

static int take_cpus(struct taker *t, struct ktstr_cpus value)
{
	if (value.kind == KTSTR_CPUS_KIND_UNSET)
		return kt_fail(t->err, EINVAL,
			"write .cpus = KTSTR_CPUS_...; to let the cgroup use its parent's CPUs use "
			"the op clear_cpuset",
			"no CPUs are given");
	return kt_cpuset_resolve(t->topo, &value, &t->op->cpus, t->err);
}

static int take_in_runner(struct taker *t, bool value)
{
	t->in_runner = value;
	return 0;
}

static int take_work(struct taker *t, const struct ktstr_work *value)
{
	t->op->work = (struct kt_plan_works){.items = value ? value : &default_work, .count = 1};
	return check_work(t->op->work.items, t->err);
}

static int take_def(struct taker *t, const struct ktstr_cgroup *value)
{
	if (!value)
		return fail_unset(t, "def", t->err);
	return kt_plan_resolve_cgroup(t->topo, value, &t->op->def, t->err);
}

/* take_fields_of_OP(): each field of the row in turn, until one is refused. */
/* clang-format off */
#define F(type, name, says) ?: take_##name(t, f->name)
#define OP(name, sentence, unknown, rule, ...)                                                     \
	static int take_fields_of_##name(struct taker *t, const struct ktstr_op *op)               \
	{                                                                                          \
		const struct ktstr_op_##name *f = &op->name;                                       \
		return 0 __VA_ARGS__;                                                              \
	}
#include "macros/op.def"
#undef OP
#undef F
/* clang-format on */

/* Who names a target must name it; only spawn and move_all_tasks know the harness's cgroup. */
static int check_target(const struct taker *t, const struct kt_op_info *info, struct kt_err *err)
{
	bool has_flag = false, has_cgroup = false;
	for (size_t i = 0; i < info->field_count; i++) {
		has_cgroup |= !strcmp(info->fields[i].name, "cgroup");
		has_flag |= !strcmp(info->fields[i].name, "in_runner");
	}
	if (t->in_runner && t->op->cgroup)
		return kt_fail(err, EINVAL, "leave one of .cgroup and .in_runner unset",
			"the workers cannot run in cgroup '%s' and in that of the harness",
			t->op->cgroup);
	if (!has_cgroup || t->in_runner || t->op->cgroup)
		return 0;
	if (has_flag)
		return kt_fail(err, EINVAL,
			"write .cgroup = \"name\", or .in_runner = true for the cgroup of the "
			"harness",
			"neither cgroup nor in_runner is set");
	return fail_unset(t, "cgroup", err);
}

int kt_plan_resolve_op(const struct kt_topo *topo, const struct ktstr_op *op,
	struct kt_plan_op *ret, struct kt_err *err)
{
	static int (*const takers[])(struct taker * t, const struct ktstr_op *op) = {
#define OP(name, sentence, unknown, rule, ...) [KTSTR_OP_##name] = take_fields_of_##name,
#include "macros/op.def"
#undef OP
	};
	const struct kt_op_info *info = kt_op_info(op->kind);
	if (!info)
		return kt_fail(err, EINVAL, "write ops with KTSTR_OP; see 'ktstr help op'",
			"%u is no kind of op", (unsigned)op->kind);
	struct kt_plan_op out = {.kind = op->kind};
	struct taker t = {.topo = topo, .op = &out, .err = err};
	int r = takers[op->kind](&t, op);
	if (!r)
		r = check_target(&t, info, err);
	if (r < 0)
		return r;
	*ret = out;
	return 0;
}
