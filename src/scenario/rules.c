// SPDX-License-Identifier: GPL-2.0-only
/* One function per op for what is particular to it; names and unknown targets are common. */
#include "scenario/rules.h"

#include <string.h>

#include "base/mem.h"
#include "scenario/affinity_spec.h"
#include "scenario/names_payload.h"
#include "scenario/op_info.h"
#include "scenario/rules_payload.h"

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
	if (!r && def->payload)
		r = kt_rules_start_payload(rules->names, def->payload, def->name, err);
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

/* Workers, or a payload. */
static bool holds_tasks(const struct kt_names *names, const struct kt_name *item)
{
	return !item->gone && (item->workers || kt_names_payload_in(names, item->name));
}

static int check_workers_below(
	const struct kt_names *names, const struct kt_name *outer, struct kt_err *err)
{
	kt_vec_each(item, &names->list) {
		bool nested = item != outer && kt_names_within(item->name, outer->name);
		if (!nested || !holds_tasks(names, item))
			continue;
		int r = kt_fail(err, EINVAL, "use a nested cgroup",
			"cgroup '%s' and cgroup '%s' nested in it would both hold workers, but "
			"where nested cgroups have cpusets or knobs the kernel lets only the "
			"innermost "
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
		if (!item->gives_controllers || !holds_tasks(names, item))
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

/* A side without a cpuset of its own is not copied. */
static int rule_swap_cpusets(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	const struct kt_name *a = kt_names_find(rules->names, op->cgroup);
	const struct kt_name *b = kt_names_find(rules->names, op->to);
	if (!strcmp(op->cgroup, op->to))
		return kt_fail(err, EINVAL, "name two different cgroups",
			"'%s' with itself: exchanging its CPUs does nothing", op->to);
	int r = a && a->confined ? check_cpuset(rules->names, op->to, &a->cpus, err) : 0;
	if (!r && b && b->confined)
		r = check_cpuset(rules->names, op->cgroup, &b->cpus, err);
	return r;
}

/* As far as is known: a body may have written the files by itself. */
static void warn_of_swap(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_str *warning)
{
	const struct kt_name *a = kt_names_find(rules->names, op->cgroup);
	const struct kt_name *b = kt_names_find(rules->names, op->to);
	if (a && b && !a->confined && !b->confined)
		kt_str_addf(warning,
			"neither cgroup '%s' nor cgroup '%s' has a cpuset: exchanging their CPUs "
			"does nothing (fix: give one of them CPUs first, with .cpuset or the op "
			"set_cpuset)",
			op->cgroup, op->to);
}

static int rule_set_affinity(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	struct kt_cpus allowed;
	struct kt_affinity unused;
	bool confined = kt_names_allowed(rules->names, op->cgroup, &allowed);
	return kt_affinity_resolve(
		rules->topo, &op->affinity, confined ? &allowed : NULL, &unused, err);
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
	bool stays = dest ? dest->persistent : rules->persistent;
	if (!source || !source->persistent || stays)
		return 0;
	int r = kt_fail(err, EINVAL, "declare the destination in the backdrop too",
		"cgroup '%s' lasts until the end of the scenario but '%s' %s: the workers would "
		"lose their cgroup",
		from, op->to, dest ? "ends with this step" : "is not known");
	kt_fix(err, "declare '%s' where '%s' was made (%s), or move to another cgroup made there",
		op->to, from, source->made);
	return r;
}

static int rule_capture_snapshot(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	if (!rules->in_loop)
		return 0;
	return kt_fail(err, EINVAL, "capture in a step without a loop, before or after this one",
		"snapshot '%s' would stop all CPUs in every round of the loop, and the load would "
		"no longer run as it is written",
		op->tag);
}

int kt_rules_fail_needs(enum ktstr_op_kind kind, struct kt_err *err)
{
	const struct kt_op_info *info = kt_op_info(kind);
	if (info && info->needs == KT_OP_NEEDS_scheduler)
		return kt_fail(err, ENOSYS,
			"leave the op out: this version runs tests on the kernel's own scheduler",
			"%s needs a scheduler that the harness has started as a process, and this "
			"version starts none",
			info->name);
	return kt_fail(err, ENOSYS,
		"leave the op out; in a body read what the kernel shows in /proc and /sys",
		"%s needs the host's view of the memory of the test's kernel, which this version "
		"does not have",
		kt_op_name(kind));
}

static int no_rule(const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	(void)rules, (void)op, (void)err; /* same signature as the rules */
	return 0;
}

#define rule_run_payload  kt_rules_run_payload
#define rule_wait_payload kt_rules_end_payload
#define rule_kill_payload kt_rules_end_payload
#define rule_clear_cpuset no_rule
#define rule_spawn	  no_rule
#define rule_stop_cgroup  no_rule

#define rule_freeze_cgroup	  no_rule
#define rule_unfreeze_cgroup	  no_rule
#define rule_capture_cgroup_procs no_rule

#define rule_watch_snapshot    no_rule
#define rule_write_kernel_hot  no_rule
#define rule_write_kernel_cold no_rule
#define rule_read_kernel_hot   no_rule
#define rule_read_kernel_cold  no_rule
#define rule_attach_scheduler  no_rule
#define rule_detach_scheduler  no_rule
#define rule_restart_scheduler no_rule
#define rule_replace_scheduler no_rule
#define rule_pin_bpf_map       no_rule

int kt_rules_check_op(const struct kt_rules *rules, const struct kt_plan_op *op,
	struct kt_str *warning, struct kt_err *err)
{
	static int (*const particular[])(
		const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err) = {
#define OP(name, sentence, unknown, needs, rule, ...) [KTSTR_OP_##name] = rule_##name,
#include "macros/op.def"
#undef OP
	};
	const struct kt_op_info *info = kt_op_info(op->kind);
	if (!info)
		return kt_fail(err, EINVAL, "write ops with KTSTR_OP; see 'ktstr help op'",
			"%u is no kind of op", (unsigned)op->kind);
	int r = particular[op->kind](rules, op, err);
	if (!r && info->needs)
		r = kt_rules_fail_needs(op->kind, err);
	if (!r)
		r = check_target(rules, info->unknown, op->cgroup, warning, err);
	if (!r)
		r = check_target(rules, info->unknown, op->to, warning, err);
	if (!r && op->kind == KTSTR_OP_swap_cpusets)
		warn_of_swap(rules, op, warning);
	return r;
}
