// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk through a plan before it runs: the same order of ops and cgroups as the engine's,
 * with names and counts instead of cgroups and processes. A loop is walked twice, which is
 * enough to see what its second round would meet.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "scenario/op_info.h"
#include "scenario/plan_list.h"
#include "scenario/rules.h"
#include "work/work.h"

struct walk {
	struct kt_names *names;
	size_t step;
	size_t most_workers;
	bool second_round;
};

static size_t count_workers(const struct kt_plan_works *works)
{
	size_t n = 0;
	for (size_t i = 0; i < works->count; i++)
		n += kt_work_workers(&works->items[i]);
	return n;
}

static size_t workers_alive(const struct kt_names *names)
{
	size_t n = names->runner_workers;
	kt_vec_each(item, &names->list)
		n += item->gone ? 0 : item->workers;
	return n;
}

/* The counter of CGROUP, NULL being the harness's; an unknown one has none. */
static size_t *workers_of(struct walk *w, const char *cgroup)
{
	if (!cgroup)
		return &w->names->runner_workers;
	struct kt_name *entry = kt_names_find(w->names, cgroup);
	return entry ? &entry->workers : NULL;
}

static int track_cgroup(
	struct walk *w, const struct kt_plan_cgroup *def, const char *place, struct kt_err *err)
{
	int r = kt_names_add(w->names, def->name, false, place, err);
	if (r < 0)
		return r;
	if (def->confined)
		kt_names_set_cpuset(w->names, def->name, &def->cpuset);
	kt_names_find(w->names, def->name)->workers = count_workers(&def->works);
	return 0;
}

static int track_add_cgroup(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	return kt_names_add(w->names, op->name, false, place, err);
}

static int track_add_cgroup_def(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	return track_cgroup(w, &op->def, place, err);
}

static int track_remove_cgroup(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)err; /* same signature as the others */
	struct kt_name *entry = kt_names_find(w->names, op->cgroup);
	if (entry)
		kt_names_end(entry, place);
	return 0;
}

static int track_set_cpuset(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	kt_names_set_cpuset(w->names, op->cgroup, &op->cpus);
	return 0;
}

static int track_clear_cpuset(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	kt_names_set_cpuset(w->names, op->cgroup, NULL);
	return 0;
}

static int track_spawn(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	size_t *workers = workers_of(w, op->cgroup);
	if (workers)
		*workers += count_workers(&op->work);
	return 0;
}

static int track_stop_cgroup(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	size_t *workers = workers_of(w, op->cgroup);
	if (workers)
		*workers = 0;
	return 0;
}

static int track_move_all_tasks(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	size_t *from = workers_of(w, op->cgroup);
	size_t *to = workers_of(w, op->to);
	if (!from || !to)
		return 0;
	*to += *from;
	*from = 0;
	return 0;
}

static int walk_op(struct walk *w, const struct kt_rules *rules, const struct kt_plan_op *op,
	size_t index, struct kt_err *err)
{
	static int (*const trackers[])(struct walk * w, const struct kt_plan_op *op,
		const char *place, struct kt_err *err) = {
#define OP(name, sentence, unknown, rule, ...) [KTSTR_OP_##name] = track_##name,
#include "macros/op.def"
#undef OP
	};
	KT_AUTO_DONE(kt_str_done) struct kt_str warning = {0};
	char place[KT_NAME_PLACE_BYTES];
	snprintf(place, sizeof(place), "op %zu (%s) of step %zu", index, kt_op_name(op->kind),
		w->step);
	int r = kt_rules_check_op(rules, op, &warning, err);
	if (r < 0)
		return kt_wrap(err, r, "op %zu (%s)", index, kt_op_name(op->kind));
	if (warning.len && !w->second_round)
		kt_log(KT_LOG_WARN, "%s: %s", place, kt_str_get(&warning));
	r = trackers[op->kind](w, op, place, err);
	if (!r)
		r = kt_rules_check_workers(w->names, err);
	if (r < 0)
		return kt_wrap(err, r, "op %zu (%s)", index, kt_op_name(op->kind));
	w->most_workers = KT_MAX(w->most_workers, workers_alive(w->names));
	return 0;
}

static int walk_ops(
	struct walk *w, const struct kt_plan_step *step, bool before_cgroups, struct kt_err *err)
{
	struct kt_rules rules = {
		.names = w->names,
		.pending = step->cgroups,
		.pending_count = before_cgroups ? step->cgroup_count : 0,
	};
	for (size_t i = 0; i < step->op_count; i++) {
		int r = walk_op(w, &rules, &step->ops[i], i, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int walk_cgroups(struct walk *w, const struct kt_plan_step *step, struct kt_err *err)
{
	struct kt_rules rules = {.names = w->names};
	char place[KT_NAME_PLACE_BYTES];
	snprintf(place, sizeof(place), "the cgroups of step %zu", w->step);
	for (size_t i = 0; i < step->cgroup_count; i++) {
		int r = kt_rules_check_cgroup(&rules, &step->cgroups[i], err);
		if (!r)
			r = track_cgroup(w, &step->cgroups[i], place, err);
		if (!r)
			r = kt_rules_check_workers(w->names, err);
		if (r < 0)
			return r;
	}
	w->most_workers = KT_MAX(w->most_workers, workers_alive(w->names));
	return 0;
}

/* What a first and a second round show goes on for the rest of the duration. */
static int walk_loop(
	struct walk *w, const struct kt_plan_step *step, uint64_t duration_ms, struct kt_err *err)
{
	uint64_t rounds = (duration_ms * KT_NS_PER_MS + step->hold_ns - 1) / step->hold_ns;
	int r = walk_cgroups(w, step, err);
	if (!r)
		r = walk_ops(w, step, false, err);
	if (r < 0 || rounds < 2)
		return r;
	size_t first = workers_alive(w->names);
	w->second_round = true;
	r = walk_ops(w, step, false, err);
	w->second_round = false;
	if (r < 0) {
		kt_wrap(err, r, "in its second round");
		kt_fix(err, "a loop repeats its ops: make the cgroup once, in the step's own "
			    "cgroups, or undo the op in the same loop (add_cgroup, later "
			    "remove_cgroup)");
		return r;
	}
	size_t second = workers_alive(w->names);
	if (second > first && rounds - 2 > KT_PLAN_WORKERS_MAX)
		w->most_workers = KT_PLAN_WORKERS_MAX + 1;
	if (second > first && rounds - 2 <= KT_PLAN_WORKERS_MAX)
		w->most_workers += (second - first) * (size_t)(rounds - 2);
	return 0;
}

static int walk_step(
	struct walk *w, const struct kt_plan_step *step, uint64_t duration_ms, struct kt_err *err)
{
	if (step->hold == KTSTR_HOLD_KIND_LOOP)
		return walk_loop(w, step, duration_ms, err);
	int r = walk_ops(w, step, true, err);
	return r < 0 ? r : walk_cgroups(w, step, err);
}

int kt_plan_walk(const struct kt_plan_steps *steps, uint64_t duration_ms, struct kt_names *names,
	size_t *ret_workers, struct kt_err *err)
{
	struct walk w = {.names = names};
	for (; w.step < steps->count; w.step++) {
		char end[KT_NAME_PLACE_BYTES];
		int r = walk_step(&w, &steps->items[w.step], duration_ms, err);
		if (!r && w.most_workers > KT_PLAN_WORKERS_MAX)
			r = kt_fail(err, EINVAL,
				"use fewer workers; a spawn in a loop adds workers in every round: "
				"stop them in the same loop",
				"more than %u workers would run at once", KT_PLAN_WORKERS_MAX);
		if (r < 0)
			return kt_wrap(err, r, "step %zu", w.step);
		snprintf(end, sizeof(end), "the end of step %zu", w.step);
		kt_names_end_all(names, false, end);
		names->runner_workers = 0;
	}
	*ret_workers = w.most_workers;
	return 0;
}
