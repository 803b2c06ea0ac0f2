// SPDX-License-Identifier: GPL-2.0-only
/* Bookkeeping of cgroups and worker groups, and the one way in which they end. */
#include "scenario/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "scenario/freezer.h"
#include "scenario/placement.h"
#include "scenario/setup_notes.h"
#include "scenario/work_rules.h"

void kt_state_init(struct kt_state *s, const struct kt_plan *plan, const struct kt_env *env)
{
	*s = (struct kt_state){.env = env, .plan = plan};
	s->start_ns = env->now_ns(env->arg);
	s->end_ns = s->start_ns + plan->duration_ms * KT_NS_PER_MS;
}

void kt_state_done(struct kt_state *s)
{
	kt_state_payloads_done(s);
	kt_vec_each(g, &s->groups)
		s->env->work_free(g->work);
	kt_vec_done(&s->groups);
	kt_captures_done(&s->captures);
	kt_names_done(&s->names);
}

uint64_t kt_state_elapsed_ms(const struct kt_state *s)
{
	return (s->env->now_ns(s->env->arg) - s->start_ns) / KT_NS_PER_MS;
}

void kt_state_next_phase(struct kt_state *s)
{
	if (s->phase == UINT16_MAX)
		s->env->on_loss(s->env->arg, KT_LOSS_phase_saturated, 1);
	else
		s->phase++;
	s->env->on_phase(s->env->arg, s->phase, kt_state_elapsed_ms(s));
}

void kt_state_mark(struct kt_state *s, enum kt_marker kind)
{
	s->env->on_marker(s->env->arg, kind, s->phase, kt_state_elapsed_ms(s));
}

/* N as a number of 16 bits; what does not fit is counted. */
static uint16_t clip(struct kt_state *s, size_t n)
{
	if (n > UINT16_MAX)
		s->env->on_loss(s->env->arg, KT_LOSS_stimulus_saturated, 1);
	return (uint16_t)KT_MIN(n, (size_t)UINT16_MAX);
}

void kt_state_send_stimulus(struct kt_state *s, const struct kt_done *done)
{
	size_t cgroups = 0;
	kt_vec_each(name, &s->names.list)
		cgroups += !name->gone;
	const struct kt_stimulus event = {
		.phase = s->phase,
		.at_ms = kt_state_elapsed_ms(s),
		.ops = clip(s, done->ops),
		.op_mask = done->op_mask,
		.cgroups = clip(s, cgroups),
		.groups = clip(s, s->groups.count),
		.iterations = kt_state_iterations(s, NULL),
		.knob_mask = done->knob_mask,
	};
	s->env->on_stimulus(s->env->arg, &event);
}

void kt_state_detail(struct kt_state *s, bool fails, const char *kind, const char *fmt, ...)
{
	char text[KT_ERR_TEXT_BYTES + KT_ERR_FIX_BYTES + 128];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->env->on_detail(s->env->arg, s->phase, fails, kind, text);
}

/* Which of its cgroup's works a new group is. */
static uint16_t next_group_number(struct kt_state *s, const char *cgroup)
{
	struct kt_name *entry = kt_names_find(&s->names, cgroup);
	uint16_t *made = entry ? &entry->groups : &s->runner_groups;
	return *made == UINT16_MAX ? UINT16_MAX : (*made)++;
}

/* Tell the group where its workers may be seen from now on. */
static void judge(struct kt_state *s, struct kt_group *g)
{
	struct kt_cpus allowed;
	bool confined = *g->cgroup && kt_names_allowed(&s->names, g->cgroup, &allowed);
	if (g->placed)
		s->env->work_allowed_set(g->work, confined ? &allowed : NULL);
}

/* Processes go as a whole; threads that shall be apart from each other go one by one. */
static int move_tasks(
	struct kt_state *s, const struct kt_group *g, const char *to, struct kt_err *err)
{
	size_t count = 0;
	if (!g->threads) {
		const pid_t *pids = s->env->work_pids(g->work, &count);
		return s->env->cgroup_move(s->env->arg, to, pids, count, err);
	}
	const pid_t *tids = s->env->work_tids(g->work, &count);
	if (!count)
		return kt_fail(err, ETIMEDOUT,
			"see why new threads get no CPU time, or use workers that are processes",
			"the threads for cgroup '%s' did not all come up in time", to);
	return s->env->cgroup_move_threads(s->env->arg, to, tids, count, err);
}

static int place_group(struct kt_state *s, struct kt_group *g, struct kt_err *err)
{
	int r = *g->cgroup ? move_tasks(s, g, g->cgroup, err) : 0;
	if (r < 0)
		return r;
	g->placed = true;
	judge(s, g);
	return s->env->work_start(s->env->arg, g->work, err);
}

int kt_state_start_group(
	struct kt_state *s, const char *cgroup, const struct ktstr_work *work, struct kt_err *err)
{
	struct kt_group g = {
		.persistent = s->persistent, .threads = work->mode == KTSTR_MODE_THREADS};
	snprintf(g.cgroup, sizeof(g.cgroup), "%s", cgroup);
	struct kt_work_final final;
	int r = kt_work_rules_resolve(&s->plan->topo, &s->names, cgroup, work, &final, err);
	if (r < 0)
		return r;
	struct kt_work_spec spec = {
		.work = &final.work,
		.cgroup = g.cgroup,
		.group = next_group_number(s, cgroup),
		.phase = s->phase,
		.seed = s->plan->seed,
		.where = &final.where,
	};
	r = s->env->work_spawn(s->env->arg, &spec, &g.work, err);
	if (r < 0)
		return kt_wrap(err, r, "start workers in cgroup '%s'", cgroup);
	r = place_group(s, &g, err);
	if (!r && kt_vec_push(&s->groups, g) < 0)
		r = kt_fail(err, ENOMEM, "give the guest more memory", "out of memory");
	if (r < 0) {
		s->env->work_free(g.work);
		return kt_wrap(err, r, "start workers in cgroup '%s'", cgroup);
	}
	kt_placement_spawned(s, &g);
	return 0;
}

/* The cgroup exists and is empty; when this fails its lifetime's end removes it. */
static int fill_cgroup(struct kt_state *s, const struct kt_plan_cgroup *def, struct kt_err *err)
{
	if (def->confined) {
		int r = s->env->cgroup_set_cpuset(s->env->arg, def->name, &def->cpuset, err);
		if (r < 0)
			return r;
		kt_names_set_cpuset(&s->names, def->name, &def->cpuset);
	}
	if (def->write_count)
		kt_names_set_knobs(&s->names, def->name);
	for (size_t i = 0; i < def->write_count; i++) {
		const struct kt_plan_write *w = &def->writes[i];
		int r = s->env->cgroup_write(s->env->arg, def->name, w->file, w->value, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < def->works.count; i++) {
		const struct ktstr_work work = kt_plan_work(&s->plan->topo, &def->works, i);
		int r = kt_state_start_group(s, def->name, &work, err);
		if (r < 0)
			return r;
	}
	return def->payload ? kt_state_payload_start(s, def->payload, NULL, def->name, err) : 0;
}

int kt_state_make_cgroup(struct kt_state *s, const struct kt_plan_cgroup *def, struct kt_err *err)
{
	int r = s->env->cgroup_add(s->env->arg, def->name, err);
	if (r < 0)
		return r;
	r = kt_names_add(&s->names, def->name, s->persistent, s->place, err);
	if (r < 0) {
		struct kt_err ignored;
		(void)s->env->cgroup_remove(s->env->arg, def->name, &ignored); /* r says more */
		return r;
	}
	return fill_cgroup(s, def, err);
}

/* What a worker did, then the numbers that only its kind knows. */
static void tell_result(struct kt_state *s, const struct kt_work_result *r)
{
	s->env->on_result(s->env->arg, r);
	for (size_t i = 0; i < r->metric_count; i++) {
		const struct kt_metric m = {
			.phase = r->phase,
			.source = kt_work_kind_name(r->kind),
			.cgroup = r->cgroup,
			.name = r->metrics[i].name,
			.unit = r->metrics[i].unit,
			.value = r->metrics[i].value,
		};
		s->env->on_metric(s->env->arg, &m);
	}
}

/* Stop them within one deadline, hand on their results in order, free them. */
static void collect(struct kt_state *s, struct kt_work **works, size_t count)
{
	struct kt_work_results results = {0};
	unsigned late = s->env->work_stop(s->env->arg, works, count, &results);
	if (late)
		s->env->on_loss(s->env->arg, KT_LOSS_worker_report, late);
	for (size_t i = 0; i < results.count; i++)
		tell_result(s, &results.items[i]);
	kt_setup_notes(s, results.items, results.count);
	kt_work_results_done(&results);
	for (size_t i = 0; i < count; i++)
		s->env->work_free(works[i]);
}

/* End the groups of CGROUP, or, when it is NULL, those of a lifetime. */
static void stop_groups(struct kt_state *s, const char *cgroup, bool persistent)
{
	if (!s->groups.count)
		return;
	KT_AUTOFREE struct kt_work **works = calloc(s->groups.count, sizeof(struct kt_work *));
	if (!works) {
		kt_state_detail(s, true, "cgroup", "out of memory: workers were not collected");
		return;
	}
	size_t ending = 0, kept = 0;
	kt_vec_each(g, &s->groups) {
		if (cgroup ? !strcmp(g->cgroup, cgroup) : g->persistent == persistent)
			works[ending++] = g->work;
		else
			s->groups.items[kept++] = *g;
	}
	s->groups.count = kept;
	if (ending)
		collect(s, works, ending);
}

void kt_state_stop_cgroup(struct kt_state *s, const char *cgroup)
{
	kt_freezer_before_stop(s, cgroup);
	kt_state_payload_end_all(s, cgroup, false, s->place);
	stop_groups(s, cgroup, false);
	kt_freezer_after_stop(s, cgroup);
}

/* Failing is only a note: it says nothing about the scheduler. */
static bool remove_cgroup(struct kt_state *s, const char *cgroup)
{
	struct kt_err err;
	if (!s->env->cgroup_remove(s->env->arg, cgroup, &err))
		return true;
	kt_state_detail(s, false, "cgroup", "%s (fix: %s)", err.text, err.fix);
	return false;
}

void kt_state_remove_cgroup(struct kt_state *s, const char *cgroup)
{
	kt_freezer_before_stop(s, cgroup);
	kt_state_payload_end_all(s, cgroup, false, s->place);
	stop_groups(s, cgroup, false);
	struct kt_name *entry = kt_names_find(&s->names, cgroup);
	bool removed = entry && remove_cgroup(s, cgroup);
	if (removed)
		entry->frozen = false;
	kt_freezer_after_stop(s, cgroup); /* those it was nested in */
	if (!removed)
		return;
	if (entry->persistent && !s->persistent && !s->quiet)
		kt_state_detail(s, false, "op",
			"%s removed cgroup '%s', made by %s for the whole scenario", s->place,
			cgroup, entry->made);
	kt_names_end(entry, s->place);
}

void kt_state_end_lifetime(struct kt_state *s, bool persistent, const char *ended)
{
	kt_freezer_before_end(s, persistent);
	kt_state_payload_end_all(s, NULL, persistent, ended);
	stop_groups(s, NULL, persistent);
	kt_freezer_after_end(s);
	for (size_t i = s->names.list.count; i > 0; i--) {
		struct kt_name *entry = &s->names.list.items[i - 1];
		if (entry->gone || entry->persistent != persistent)
			continue;
		remove_cgroup(s, entry->name);
		kt_names_end(entry, ended);
	}
}

static int move_group(struct kt_state *s, struct kt_group *g, const char *to, struct kt_err *err)
{
	s->env->work_allowed_pause(g->work);
	g->placed = false;
	return move_tasks(s, g, to, err);
}

/*
 * A move stopped half way: those it touched go back to where they are known to be, and are judged
 * there again. Those that cannot go back are not judged.
 */
static void move_back(struct kt_state *s, const char *from)
{
	kt_vec_each(g, &s->groups) {
		struct kt_err ignored = {0}; /* that of the move says more */
		if (g->placed || strcmp(g->cgroup, from))
			continue;
		if (move_tasks(s, g, from, &ignored) < 0)
			continue;
		g->placed = true;
		judge(s, g);
	}
}

int kt_state_move_groups(struct kt_state *s, const char *from, const char *to, struct kt_err *err)
{
	kt_placement_moving(s, from, to);
	kt_vec_each(g, &s->groups) {
		int r = strcmp(g->cgroup, from) ? 0 : move_group(s, g, to, err);
		if (r < 0) {
			if (*from) /* nobody judges those of the harness by CPUs */
				move_back(s, from);
			return r;
		}
	}
	kt_placement_moved(s, to);
	const struct kt_name *dest = kt_names_find(&s->names, to);
	kt_vec_each(g, &s->groups) {
		if (strcmp(g->cgroup, from))
			continue;
		snprintf(g->cgroup, sizeof(g->cgroup), "%s", to);
		s->env->work_set_cgroup(g->work, to);
		g->persistent |= dest && dest->persistent;
		g->placed = true;
		judge(s, g);
	}
	return 0;
}

void kt_state_pause_judging(struct kt_state *s, const char *cgroup)
{
	kt_vec_each(g, &s->groups)
		if (kt_names_within(g->cgroup, cgroup))
			s->env->work_allowed_pause(g->work);
}

void kt_state_resume_judging(struct kt_state *s, const char *cgroup)
{
	kt_vec_each(g, &s->groups)
		if (kt_names_within(g->cgroup, cgroup))
			judge(s, g);
}

uint64_t kt_state_iterations(const struct kt_state *s, const char *cgroup)
{
	uint64_t n = 0;
	kt_vec_each(g, &s->groups)
		if (!cgroup || !strcmp(g->cgroup, cgroup))
			n += s->env->work_iterations(g->work);
	return n;
}
