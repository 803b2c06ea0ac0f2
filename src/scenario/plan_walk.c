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
#include "payload/rules.h"
#include "scenario/op_info.h"
#include "scenario/plan_list.h"
#include "scenario/rules.h"
#include "scenario/rules_payload.h"
#include "scenario/work_rules.h"
#include "work/work.h"

struct walk {
	const struct kt_topo *topo;
	struct kt_names *names;
	bool persistent;   /* what is made now lasts until the end */
	const char *where; /* "step 2", "the backdrop" */
	size_t most_workers;
	bool second_round;
	const char *test; /* what is suspicious is logged as of this test; NULL: not at all */
};

static size_t workers_alive(const struct kt_names *names)
{
	size_t n = names->runner_workers;
	kt_vec_each(item, &names->list)
		n += item->gone ? 0 : item->workers;
	return n;
}

/* The workers in a cgroup: all, and those that do not end with their step. */
struct counts {
	size_t *all, *kept;
};

/* Of CGROUP, NULL being the harness's; an unknown one has none. */
static struct counts counts_of(struct walk *w, const char *cgroup)
{
	if (!cgroup)
		return (struct counts){&w->names->runner_workers, &w->names->runner_kept};
	struct kt_name *entry = kt_names_find(w->names, cgroup);
	return entry ? (struct counts){&entry->workers, &entry->kept} : (struct counts){0};
}

/* They are resolved as the engine will, in the cgroup as it is at this moment. */
static int add_workers(
	struct walk *w, const char *cgroup, const struct kt_plan_works *works, struct kt_err *err)
{
	struct counts in = counts_of(w, cgroup);
	for (size_t i = 0; i < works->count; i++) {
		const struct ktstr_work work = kt_plan_work(w->topo, works, i);
		struct kt_work_final final;
		int r = kt_work_rules_resolve(w->topo, w->names, cgroup, &work, &final, err);
		if (r < 0)
			return r;
		if (!in.all)
			continue;
		size_t workers = kt_work_workers(&final.work);
		*in.all += workers;
		if (w->persistent)
			*in.kept += workers;
	}
	return 0;
}

static int track_payload(struct walk *w, const struct ktstr_payload *payload, const char *cgroup,
	const char *place, struct kt_err *err)
{
	return kt_names_payload_add(w->names, kt_payload_name(payload), cgroup ? cgroup : "",
		w->persistent, place, err);
}

static int track_cgroup(
	struct walk *w, const struct kt_plan_cgroup *def, const char *place, struct kt_err *err)
{
	int r = kt_names_add(w->names, def->name, w->persistent, place, err);
	if (r < 0)
		return r;
	if (def->confined)
		kt_names_set_cpuset(w->names, def->name, &def->cpuset);
	if (def->write_count)
		kt_names_set_knobs(w->names, def->name);
	r = add_workers(w, def->name, &def->works, err);
	if (!r && def->payload)
		r = track_payload(w, def->payload, def->name, place, err);
	return r;
}

static int track_add_cgroup(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	return kt_names_add(w->names, op->name, w->persistent, place, err);
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
	kt_names_payload_end_all(w->names, op->cgroup, false, place);
	return 0;
}

static int track_set_cpuset(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	kt_names_set_cpuset(w->names, op->cgroup, &op->cpus);
	return 0;
}

static int track_swap_cpusets(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	const struct kt_name a = *kt_names_find(w->names, op->cgroup);
	const struct kt_name b = *kt_names_find(w->names, op->to);
	if (a.confined)
		kt_names_set_cpuset(w->names, op->to, &a.cpus);
	if (b.confined)
		kt_names_set_cpuset(w->names, op->cgroup, &b.cpus);
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
	(void)place; /* same signature as the others */
	return add_workers(w, op->cgroup, &op->work, err);
}

static int track_stop_cgroup(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	struct counts in = counts_of(w, op->cgroup);
	if (in.all)
		*in.all = *in.kept = 0;
	kt_names_payload_end_all(w->names, op->cgroup, false, place);
	return 0;
}

static int track_move_all_tasks(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	struct counts from = counts_of(w, op->cgroup);
	struct counts to = counts_of(w, op->to);
	if (!from.all || !to.all)
		return 0;
	*to.all += *from.all;
	*to.kept += kt_names_find(w->names, op->to)->persistent ? *from.all : *from.kept;
	*from.all = *from.kept = 0;
	return 0;
}

static int track_run_payload(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	return track_payload(w, op->payload, op->cgroup, place, err);
}

static int track_end_payload(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	const struct kt_payload_key key = kt_rules_payload_key(op);
	struct kt_name_payload *payload = NULL;
	int r = kt_names_payload_pick(w->names, kt_op_name(op->kind), &key, &payload, err);
	if (!r)
		kt_names_payload_end(payload, place);
	return r;
}

static int track_freezing(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)place, (void)err; /* same signature as the others */
	struct kt_name *entry = kt_names_find(w->names, op->cgroup);
	if (entry)
		entry->frozen = op->kind == KTSTR_OP_freeze_cgroup;
	return 0;
}

#define track_freeze_cgroup   track_freezing
#define track_unfreeze_cgroup track_freezing

#define track_wait_payload track_end_payload
#define track_kill_payload track_end_payload

/* The others change neither names nor counts. */
static int track_nothing(
	struct walk *w, const struct kt_plan_op *op, const char *place, struct kt_err *err)
{
	(void)w, (void)op, (void)place, (void)err; /* same signature as the others */
	return 0;
}

#define track_set_affinity	   track_nothing
#define track_capture_cgroup_procs track_nothing

#define track_capture_snapshot	track_nothing
#define track_watch_snapshot	track_nothing
#define track_write_kernel_hot	track_nothing
#define track_write_kernel_cold track_nothing
#define track_read_kernel_hot	track_nothing
#define track_read_kernel_cold	track_nothing
#define track_attach_scheduler	track_nothing
#define track_detach_scheduler	track_nothing
#define track_restart_scheduler track_nothing
#define track_replace_scheduler track_nothing
#define track_pin_bpf_map	track_nothing

static int walk_op(struct walk *w, const struct kt_rules *rules, const struct kt_plan_op *op,
	struct kt_err *err)
{
	static int (*const trackers[])(struct walk * w, const struct kt_plan_op *op,
		const char *place, struct kt_err *err) = {
#define OP(name, sentence, unknown, needs, rule, ...) [KTSTR_OP_##name] = track_##name,
#include "macros/op.def"
#undef OP
	};
	KT_AUTO_DONE(kt_str_done) struct kt_str warning = {0};
	char place[KT_NAME_PLACE_BYTES];
	snprintf(place, sizeof(place), "op %zu (%s) of %s", op->index, kt_op_name(op->kind),
		w->where);
	int r = kt_rules_check_op(rules, op, &warning, err);
	if (r < 0)
		return kt_wrap(err, r, "op %zu (%s)", op->index, kt_op_name(op->kind));
	if (warning.len && !w->second_round && w->test)
		kt_log(KT_LOG_WARN, "test '%s': %s: %s", w->test, place, kt_str_get(&warning));
	r = trackers[op->kind](w, op, place, err);
	if (!r)
		r = kt_rules_check_workers(w->names, err);
	if (r < 0)
		return kt_wrap(err, r, "op %zu (%s)", op->index, kt_op_name(op->kind));
	w->most_workers = KT_MAX(w->most_workers, workers_alive(w->names));
	return 0;
}

static int walk_ops(
	struct walk *w, const struct kt_part *part, bool before_cgroups, struct kt_err *err)
{
	struct kt_rules rules = {
		.names = w->names,
		.pending = part->cgroups,
		.pending_count = before_cgroups ? part->cgroup_count : 0,
		.in_loop = part->in_loop,
		.persistent = w->persistent,
		.topo = w->topo,
	};
	for (size_t i = 0; i < part->op_count; i++) {
		int r = walk_op(w, &rules, &part->ops[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int walk_cgroups(struct walk *w, const struct kt_part *part, struct kt_err *err)
{
	struct kt_rules rules = {.names = w->names};
	char place[KT_NAME_PLACE_BYTES];
	snprintf(place, sizeof(place), "the cgroups of %s", part->where);
	for (size_t i = 0; i < part->cgroup_count; i++) {
		int r = kt_rules_check_cgroup(&rules, &part->cgroups[i], err);
		if (!r)
			r = track_cgroup(w, &part->cgroups[i], place, err);
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
	struct walk *w, const struct kt_part *part, uint64_t rounds, struct kt_err *err)
{
	int r = walk_cgroups(w, part, err);
	if (!r)
		r = walk_ops(w, part, false, err);
	if (r < 0 || rounds < 2)
		return r;
	size_t first = workers_alive(w->names);
	w->second_round = true;
	r = walk_ops(w, part, false, err);
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
	bool loop = step->hold == KTSTR_HOLD_KIND_LOOP;
	const struct kt_part part = kt_plan_step_part(step, w->where);
	if (loop)
		return walk_loop(w, &part,
			(duration_ms * KT_NS_PER_MS + step->hold_ns - 1) / step->hold_ns, err);
	int r = walk_ops(w, &part, true, err);
	return r < 0 ? r : walk_cgroups(w, &part, err);
}

/* The step is over: its cgroups are gone, and so are its workers in those that stay. */
static void end_step(struct walk *w)
{
	char end[KT_NAME_PLACE_BYTES];
	snprintf(end, sizeof(end), "the end of %s", w->where);
	kt_names_end_all(w->names, false, end);
	w->names->runner_workers = w->names->runner_kept;
	kt_vec_each(item, &w->names->list)
		item->workers = item->kept;
}

static int check_most(const struct walk *w, struct kt_err *err)
{
	if (w->most_workers <= KT_PLAN_WORKERS_MAX)
		return 0;
	return kt_fail(err, EINVAL,
		"use fewer workers; a spawn in a loop adds workers in every round: stop them in "
		"the same loop",
		"more than %u workers would run at once", KT_PLAN_WORKERS_MAX);
}

int kt_plan_walk_backdrop(const struct kt_topo *topo, const struct kt_plan_backdrop *b,
	struct kt_names *names, const char *test, size_t *ret_workers, struct kt_err *err)
{
	struct walk w = {.topo = topo,
		.names = names,
		.persistent = true,
		.where = "the backdrop",
		.test = test};
	const struct kt_part part = kt_plan_backdrop_part(b);
	int r = walk_cgroups(&w, &part, err);
	if (!r)
		r = walk_ops(&w, &part, false, err);
	if (!r)
		r = check_most(&w, err);
	if (r < 0)
		return kt_wrap(err, r, "the backdrop");
	*ret_workers = w.most_workers;
	return 0;
}

int kt_plan_walk(const struct kt_topo *topo, const struct kt_plan_steps *steps,
	uint64_t duration_ms, struct kt_names *names, const char *test, size_t *ret_workers,
	struct kt_err *err)
{
	struct walk w = {.topo = topo, .names = names, .test = test};
	for (size_t i = 0; i < steps->count; i++) {
		char where[32];
		snprintf(where, sizeof(where), "step %zu", i);
		w.where = where;
		int r = walk_step(&w, &steps->items[i], duration_ms, err);
		if (!r)
			r = check_most(&w, err);
		if (r < 0)
			return kt_wrap(err, r, "%s", where);
		end_step(&w);
	}
	*ret_workers = w.most_workers;
	return 0;
}
