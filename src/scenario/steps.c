// SPDX-License-Identifier: GPL-2.0-only
/*
 * A normal step is: ops, cgroups, stimulus, hold. A loop is: cgroups, then ops and hold again
 * and again. Parents made by ops so exist before the cgroups that are nested in them.
 */
#include "scenario/steps.h"

#include <stdio.h>

#include "base/mem.h"
#include "scenario/hold.h"
#include "scenario/liveness.h"
#include "scenario/op_info.h"
#include "scenario/op_table.h"
#include "scenario/rules.h"

int kt_part_apply_ops(
	struct kt_state *s, const struct kt_part *part, bool before_cgroups, struct kt_err *err)
{
	const struct kt_rules rules = {
		.names = &s->names,
		.pending = part->cgroups,
		.pending_count = before_cgroups ? part->cgroup_count : 0,
		.in_loop = part->in_loop,
		.persistent = s->persistent,
		.topo = &s->plan->topo,
	};
	for (size_t i = 0; i < part->op_count; i++) {
		const struct kt_plan_op *op = &part->ops[i];
		snprintf(s->place, sizeof(s->place), "op %zu (%s) of %s", op->index,
			kt_op_name(op->kind), part->where);
		int r = kt_op_apply(s, op, &rules, err);
		if (r < 0)
			return kt_wrap(err, r, "op %zu (%s)", op->index, kt_op_name(op->kind));
	}
	return 0;
}

int kt_part_make_cgroups(struct kt_state *s, const struct kt_part *part, struct kt_err *err)
{
	const struct kt_rules rules = {.names = &s->names};
	snprintf(s->place, sizeof(s->place), "the cgroups of %s", part->where);
	for (size_t i = 0; i < part->cgroup_count; i++) {
		int r = kt_rules_check_cgroup(&rules, &part->cgroups[i], err);
		if (!r)
			r = kt_state_make_cgroup(s, &part->cgroups[i], err);
		if (r < 0)
			return kt_wrap(err, r, "cgroup %zu", i);
	}
	return 0;
}

void kt_part_send_stimulus(struct kt_state *s, const struct kt_part *part)
{
	struct kt_done done = {.ops = part->ops_written};
	for (size_t i = 0; i < part->op_count; i++) {
		done.op_mask |= kt_op_bit(part->ops[i].kind);
		done.knob_mask |= part->ops[i].def.knob_mask;
	}
	for (size_t i = 0; i < part->cgroup_count; i++)
		done.knob_mask |= part->cgroups[i].knob_mask;
	kt_state_send_stimulus(s, &done);
}

static uint64_t now_of(const struct kt_state *s)
{
	return s->env->now_ns(s->env->arg);
}

static int hold(struct kt_state *s, uint64_t hold_ns, struct kt_err *err)
{
	return kt_liveness_hold(s, kt_hold_deadline_ns(hold_ns, now_of(s), s->end_ns), err);
}

/* A step that comes after the end of the duration runs, but nobody sees it work. */
static void note_no_time(struct kt_state *s, const struct kt_plan_step *step, size_t index)
{
	if (step->hold_ns && now_of(s) >= s->end_ns)
		kt_state_detail(s, false, "hold",
			"step %zu: nothing is left of the duration of %llu ms, so it does not "
			"hold (fix: lengthen the duration, or shorten the holds before)",
			index, (unsigned long long)s->plan->duration_ms);
}

static int run_normal(struct kt_state *s, const struct kt_plan_step *step,
	const struct kt_part *part, size_t index, struct kt_err *err)
{
	int r = kt_part_apply_ops(s, part, true, err);
	if (!r)
		r = kt_part_make_cgroups(s, part, err);
	if (r < 0)
		return r;
	kt_part_send_stimulus(s, part);
	note_no_time(s, step, index);
	kt_state_mark(s, KT_MARKER_resume);
	return hold(s, step->hold_ns, err);
}

static int run_loop(struct kt_state *s, const struct kt_plan_step *step, const struct kt_part *part,
	size_t index, struct kt_err *err)
{
	int r = kt_part_make_cgroups(s, part, err);
	note_no_time(s, step, index);
	while (!r && !s->sched_ended && now_of(s) < s->end_ns) {
		r = kt_part_apply_ops(s, part, false, err);
		s->quiet = true;
		if (!r)
			r = hold(s, step->hold_ns, err);
	}
	s->quiet = false;
	return r;
}

static int run_step(struct kt_state *s, const struct kt_plan_step *step, size_t index)
{
	struct kt_err err = {0};
	char where[32], ended[KT_NAME_PLACE_BYTES];
	bool loop = step->hold == KTSTR_HOLD_KIND_LOOP;
	snprintf(where, sizeof(where), "step %zu", index);
	const struct kt_part part = kt_plan_step_part(step, where);
	kt_state_next_phase(s);
	int r = loop ? run_loop(s, step, &part, index, &err)
		     : run_normal(s, step, &part, index, &err);
	if (s->sched_ended)
		kt_liveness_record(s, "while %s ran", where);
	kt_state_mark(s, KT_MARKER_pause);
	snprintf(ended, sizeof(ended), "the end of %s", where);
	kt_state_end_lifetime(s, false, ended);
	if (r < 0)
		kt_state_detail(
			s, true, "step", "step %zu failed: %s (fix: %s)", index, err.text, err.fix);
	return r;
}

/* Whether the scheduler is still there after DONE of COUNT steps; 0 or -errno, recorded. */
static int check_between(struct kt_state *s, size_t done, size_t count)
{
	struct kt_err err = {0};
	int r = s->sched_ended ? 0 : kt_liveness_check(s, &err);
	if (r < 0)
		kt_state_detail(s, true, "hold", "after step %zu of %zu: %s (fix: %s)", done, count,
			err.text, err.fix);
	if (s->sched_ended)
		kt_liveness_record(s, "after step %zu of %zu", done, count);
	return s->sched_ended ? -ESRCH : r;
}

int kt_steps_run(struct kt_state *s, const struct kt_plan_step *steps, size_t count)
{
	bool outer = s->persistent;
	int r = 0;
	s->persistent = false;
	for (size_t i = 0; i < count && !r; i++) {
		r = run_step(s, &steps[i], i);
		if (!r)
			r = check_between(s, i + 1, count);
	}
	s->persistent = outer;
	return r;
}
