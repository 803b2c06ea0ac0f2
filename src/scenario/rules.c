// SPDX-License-Identifier: GPL-2.0-only
/* One function per op for what is particular to it; names and unknown targets are common. */
#include "scenario/rules.h"

#include <string.h>

#include "base/mem.h"
#include "scenario/op_info.h"

/* A new name: well-formed, not in use, its parent there. */
static int check_new_name(const struct kt_names *names, const char *name, struct kt_err *err)
{
	int r = kt_names_check_syntax(name, err);
	if (r < 0)
		return r;
	const struct kt_name *same = kt_names_find(names, name);
	if (same)
		return kt_fail(err, EINVAL,
			"use a fresh name, or declare the cgroup in exactly one place",
			"cgroup '%s' exists already: it was made by %s", name, same->made);

	char parent[KT_NAME_BYTES];
	const char *slash = strrchr(name, '/');
	if (!slash)
		return 0;
	memcpy(parent, name, (size_t)(slash - name));
	parent[slash - name] = '\0';
	if (kt_names_find(names, parent))
		return 0;
	KT_AUTOFREE char *known = kt_names_text(names);
	r = kt_fail(err, EINVAL, "make the parent first",
		"cgroup '%s': its parent '%s' is not known; known: %s", name, parent,
		known ? known : "?");
	kt_fix(err, "make '%s' first, with an earlier op or as an earlier cgroup of the same list",
		parent);
	return r;
}

/* The kernel lets a cgroup whose CPUs come out empty use its parent's; that is never meant. */
static int check_overlap(const char *name, const struct kt_cpus *cpus, const char *other,
	const struct kt_cpus *theirs, struct kt_err *err)
{
	struct kt_cpus both = kt_cpus_and(cpus, theirs);
	if (kt_cpus_count(&both))
		return 0;
	KT_AUTOFREE char *mine = kt_cpus_text(cpus);
	KT_AUTOFREE char *outer = kt_cpus_text(theirs);
	return kt_fail(err, EINVAL,
		"give the nested cgroup CPUs of the cgroup it is in, or clear one of the cpusets",
		"cgroup '%s' with CPUs %s shares no CPU with cgroup '%s' with CPUs %s", name,
		mine ? mine : "?", other, outer ? outer : "?");
}

/* NAME may get CPUS: it keeps CPUs inside the cgroups around it, and so do those in it. */
static int check_cpuset(const struct kt_names *names, const char *name, const struct kt_cpus *cpus,
	struct kt_err *err)
{
	kt_vec_each(item, &names->list) {
		bool related =
			kt_names_within(name, item->name) || kt_names_within(item->name, name);
		if (item->gone || !item->confined || !related || !strcmp(item->name, name))
			continue;
		int r = check_overlap(name, cpus, item->name, &item->cpus, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int kt_rules_check_cgroup(
	const struct kt_rules *rules, const struct kt_plan_cgroup *def, struct kt_err *err)
{
	int r = check_new_name(rules->names, def->name, err);
	if (r < 0 || !def->confined)
		return r;
	return check_cpuset(rules->names, def->name, &def->cpuset, err);
}

static bool is_pending(const struct kt_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->pending_count; i++)
		if (!strcmp(rules->pending[i].name, name))
			return true;
	return false;
}

/* The sentence about a target that does not exist at this moment. */
static int fail_unknown(const struct kt_rules *rules, const char *name, struct kt_err *err)
{
	KT_AUTOFREE char *text = kt_names_text(rules->names);
	const char *known = text ? text : "?";
	if (is_pending(rules, name))
		return kt_fail(err, EINVAL,
			"it is declared by this step's own cgroups, which are made after the ops: "
			"declare it one step earlier or use add_cgroup_def",
			"cgroup '%s' does not exist yet; known: %s", name, known);

	const struct kt_name *gone = kt_names_find_gone(rules->names, name);
	if (gone)
		return kt_fail(err, EINVAL,
			"a step ends with what it made: declare the cgroup in this step too, "
			"before the op",
			"cgroup '%s' does not exist any more: it was made by %s and removed by %s; "
			"known: %s",
			name, gone->made, gone->ended, known);

	int r = kt_fail(err, EINVAL,
		"make it first, with the op add_cgroup or add_cgroup_def of this step",
		"cgroup '%s' is not known; known: %s", name, known);
	const char *nearest = kt_names_nearest(rules->names, name);
	if (nearest)
		kt_fix(err, "did you mean '%s'?", nearest);
	return r;
}

/* By the op's row: an error, a warning, or nothing. */
static int check_target(const struct kt_rules *rules, enum kt_op_unknown unknown, const char *name,
	struct kt_str *warning, struct kt_err *err)
{
	if (!name || kt_names_find(rules->names, name) || unknown == KT_OP_UNKNOWN_ignore)
		return 0;
	if (unknown != KT_OP_UNKNOWN_warn)
		return fail_unknown(rules, name, err);
	struct kt_err sentence;
	(void)fail_unknown(rules, name, &sentence); /* it only words the warning */
	kt_str_addf(
		warning, "%s%s (fix: %s)", warning->len ? "; " : "", sentence.text, sentence.fix);
	return 0;
}

static int check_workers_below(
	const struct kt_names *names, const struct kt_name *outer, struct kt_err *err)
{
	kt_vec_each(item, &names->list) {
		bool nested = item != outer && kt_names_within(item->name, outer->name);
		if (item->gone || !item->workers || !nested)
			continue;
		int r = kt_fail(err, EINVAL, "use a nested cgroup",
			"cgroup '%s' and cgroup '%s' nested in it would both hold workers, but "
			"where nested cgroups have cpusets the kernel lets only the innermost "
			"hold workers",
			outer->name, item->name);
		kt_fix(err,
			"run the workers of '%s' in a nested cgroup of their own, such as '%s/own'",
			outer->name, outer->name);
		return r;
	}
	return 0;
}

int kt_rules_check_workers(const struct kt_names *names, struct kt_err *err)
{
	kt_vec_each(item, &names->list) {
		if (item->gone || !item->workers || !item->gives_cpusets)
			continue;
		int r = check_workers_below(names, item, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int rule_add_cgroup(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	return check_new_name(rules->names, op->name, err);
}

static int rule_add_cgroup_def(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	return kt_rules_check_cgroup(rules, &op->def, err);
}

static int rule_remove_cgroup(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	const struct kt_name *nested = kt_names_find_nested(rules->names, op->cgroup);
	if (!nested)
		return 0;
	return kt_fail(err, EINVAL, "remove the nested cgroups first, the innermost before others",
		"cgroup '%s' still has the nested cgroup '%s'", op->cgroup, nested->name);
}

static int rule_set_cpuset(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	return check_cpuset(rules->names, op->cgroup, &op->cpus, err);
}

static int rule_move_all_tasks(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	const char *from = op->cgroup ? op->cgroup : "";
	if (!strcmp(from, op->to))
		return kt_fail(err, EINVAL, "name two different cgroups",
			"'%s' is where the tasks are already: moving them there does nothing",
			op->to);
	const struct kt_name *source = kt_names_find(rules->names, from);
	const struct kt_name *dest = kt_names_find(rules->names, op->to);
	if (source && source->persistent && dest && !dest->persistent)
		return kt_fail(err, EINVAL,
			"make the destination where the source was made, or move the other way",
			"cgroup '%s' lasts until the end of the scenario but '%s' ends with this "
			"step: the workers would lose their cgroup",
			from, op->to);
	return 0;
}

static int no_rule(const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	(void)rules, (void)op, (void)err; /* same signature as the rules */
	return 0;
}

#define rule_clear_cpuset no_rule
#define rule_spawn	  no_rule
#define rule_stop_cgroup  no_rule

int kt_rules_check_op(const struct kt_rules *rules, const struct kt_plan_op *op,
	struct kt_str *warning, struct kt_err *err)
{
	static int (*const particular[])(
		const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err) = {
#define OP(name, sentence, unknown, rule, ...) [KTSTR_OP_##name] = rule_##name,
#include "macros/op.def"
#undef OP
	};
	const struct kt_op_info *info = kt_op_info(op->kind);
	if (!info)
		return kt_fail(err, EINVAL, "write ops with KTSTR_OP; see 'ktstr help op'",
			"%u is no kind of op", (unsigned)op->kind);
	int r = particular[op->kind](rules, op, err);
	if (!r)
		r = check_target(rules, info->unknown, op->cgroup, warning, err);
	if (!r)
		r = check_target(rules, info->unknown, op->to, warning, err);
	return r;
}
