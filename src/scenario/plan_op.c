// SPDX-License-Identifier: GPL-2.0-only
/*
 * One op or cgroup from its descriptor to its form in the plan: every field that is needed
 * is there, cpusets are CPU numbers, works are checked. Which fields an op has comes from
 * its row in op.def; what a field means follows from its name, once for all ops.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "payload/rules.h"
#include "scenario/cpuset_spec.h"
#include "scenario/names.h"
#include "scenario/op_info.h"
#include "scenario/plan.h"
#include "scenario/plan_list.h"
#include "scenario/plan_memory.h"

struct taker {
	const struct kt_topo *topo;
	struct kt_plan_op *op;
	struct kt_err *err;
};

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
		r = kt_plan_take_knobs(topo, cgroup, &out, err);
	if (!r)
		r = kt_plan_take_works(topo, cgroup->work, cgroup, &out.works, err);
	if (!r && cgroup->payload)
		r = kt_payload_check(cgroup->payload, err);
	out.payload = cgroup->payload;
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
	if (t->op->kind == KTSTR_OP_add_cgroup)
		return kt_names_check_syntax(value, t->err);
	return value && *value ? 0 : fail_unset(t, "name", t->err);
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
	t->op->in_runner = value;
	return 0;
}

static int take_work(struct taker *t, const struct ktstr_work *value)
{
	return kt_plan_take_work(t->topo, value, &t->op->work, t->err);
}

static int take_def(struct taker *t, const struct ktstr_cgroup *value)
{
	if (!value)
		return fail_unset(t, "def", t->err);
	return kt_plan_resolve_cgroup(t->topo, value, &t->op->def, t->err);
}

static int take_a(struct taker *t, const char *value)
{
	t->op->cgroup = value;
	return value && *value ? 0 : fail_unset(t, "a", t->err);
}

static int take_b(struct taker *t, const char *value)
{
	t->op->to = value;
	return value && *value ? 0 : fail_unset(t, "b", t->err);
}

static int take_affinity(struct taker *t, struct ktstr_affinity value)
{
	t->op->affinity = value;
	return 0;
}

static int take_tag(struct taker *t, const char *value)
{
	t->op->tag = value;
	return kt_plan_check_tag(value, t->err);
}

static int take_symbol(struct taker *t, const char *value)
{
	t->op->symbol = value;
	return kt_plan_check_symbol(value, t->err);
}

static int take_map(struct taker *t, const char *value)
{
	t->op->symbol = value;
	return kt_plan_check_map(value, t->err);
}

static int take_target(struct taker *t, struct ktstr_kernel_target value)
{
	t->op->target = value;
	return kt_plan_check_target(t->topo, &value, t->err);
}

static int take_width(struct taker *t, struct ktstr_kernel_value value)
{
	t->op->width = value;
	return kt_plan_check_width(&value, t->err);
}

static int take_writes(struct taker *t, const struct ktstr_kernel_write *value)
{
	bool hot = t->op->kind == KTSTR_OP_write_kernel_hot;
	return kt_plan_take_writes(t->topo, value, hot, &t->op->writes, t->err);
}

static int take_scheduler(struct taker *t, const struct ktstr_sched *value)
{
	t->op->sched = value;
	return kt_plan_check_sched(value, t->err);
}

static int take_payload(struct taker *t, const struct ktstr_payload *value)
{
	if (!value)
		return fail_unset(t, "payload", t->err);
	t->op->payload = value;
	return kt_payload_check(value, t->err);
}

/* After the payload: which options it knows is asked of that. */
static int take_args(struct taker *t, const char *const *value)
{
	t->op->args = value;
	int r = kt_payload_check_args(t->op->payload, value, t->err);
	return r < 0 ? kt_wrap(t->err, r, "payload '%s'", kt_payload_name(t->op->payload)) : 0;
}

/* take_fields_of_OP(): each field of the row in turn, until one is refused. */
/* clang-format off */
#define F(type, name, says) ?: take_##name(t, f->name)
#define OP(name, sentence, unknown, needs, rule, ...)                                              \
	static int take_fields_of_##name(struct taker *t, const struct ktstr_op *op)               \
	{                                                                                          \
		const struct ktstr_op_##name *f = &op->name;                                       \
		(void)t, (void)f; /* an op may have no fields */                                   \
		return 0 __VA_ARGS__;                                                              \
	}
#include "macros/op.def"
#undef OP
#undef F
/* clang-format on */

/* They run with the harness, or are known by their name alone. */
static bool may_lack_target(enum ktstr_op_kind kind)
{
	return kind == KTSTR_OP_run_payload || kind == KTSTR_OP_wait_payload ||
	       kind == KTSTR_OP_kill_payload;
}

/* Who names a target must name it; only spawn and move_all_tasks know the harness's cgroup. */
static int check_target(const struct taker *t, const struct kt_op_info *info, struct kt_err *err)
{
	bool has_flag = false, has_cgroup = false;
	for (size_t i = 0; i < info->field_count; i++) {
		has_cgroup |= !strcmp(info->fields[i].name, "cgroup");
		has_flag |= !strcmp(info->fields[i].name, "in_runner");
	}
	if (t->op->in_runner && t->op->cgroup)
		return kt_fail(err, EINVAL, "leave one of .cgroup and .in_runner unset",
			"cgroup '%s' and the cgroup of the harness cannot both be meant",
			t->op->cgroup);
	if (!has_cgroup || t->op->in_runner || t->op->cgroup || may_lack_target(t->op->kind))
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
#define OP(name, sentence, unknown, needs, rule, ...) [KTSTR_OP_##name] = take_fields_of_##name,
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
