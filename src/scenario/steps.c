// SPDX-License-Identifier: GPL-2.0-only
/*
 * A normal step is: ops, cgroups, stimulus, hold. A loop is: cgroups, then ops and hold again
 * and again. Parents made by ops so exist before the cgroups that are nested in them.
 */
#include "scenario/steps.h"

#include <stdio.h>

#include "base/mem.h"
#include "scenario/hold.h"
#include "scenario/op_info.h"
#include "scenario/op_table.h"
#include "scenario/rules.h"

static int apply_ops(struct kt_state *s, const struct kt_plan_step *step, size_t index,
	bool before_cgroups, struct kt_err *err)
{
	for (size_t i = 0; i < step->op_count; i++) {
		const struct kt_plan_op *op = &step->ops[i];
		snprintf(s->place, sizeof(s->place), "op %zu (%s) of step %zu", i,
			kt_op_name(op->kind), index);
		int r = kt_op_apply(s, op, before_cgroups ? step : NULL, err);
		if (r < 0)
			return kt_wrap(err, r, "op %zu (%s)", i, kt_op_name(op->kind));
	}
	return 0;
}

static int make_cgroups(
	struct kt_state *s, const struct kt_plan_step *step, size_t index, struct kt_err *err)
{
	struct kt_rules rules = {.names = &s->names};
	snprintf(s->place, sizeof(s->place), "the cgroups of step %zu", index);
	for (size_t i = 0; i < step->cgroup_count; i++) {
		int r = kt_rules_check_cgroup(&rules, &step->cgroups[i], err);
		if (!r)
			r = kt_state_make_cgroup(s, &step->cgroups[i], err);
		if (r < 0)
			return kt_wrap(err, r, "cgroup %zu", i);
	}
	return 0;
}

static uint16_t clip(size_t n)
{
	return (uint16_t)KT_MIN(n, (size_t)UINT16_MAX);
}

static void send_stimulus(struct kt_state *s, const struct kt_plan_step *step)
{
	struct kt_stimulus event = {
		.phase = s->phase,
		.at_ms = kt_state_elapsed_ms(s),
		.ops = clip(step->op_count),
		.groups = clip(s->groups.count),
		.iterations = kt_state_iterations(s, NULL),
	};
	for (size_t i = 0; i < step->op_count; i++)
		event.op_mask |= 1u << step->ops[i].kind;
	size_t cgroups = 0;
	kt_vec_each(name, &s->names.list)
		cgroups += !name->gone;
	event.cgroups = clip(cgroups);
	s->env->on_stimulus(s->env->arg, &event);
}

static uint64_t now_of(const struct kt_state *s)
{
	return s->env->now_ns(s->env->arg);
}

static int hold(struct kt_state *s, uint64_t hold_ns, struct kt_err *err)
{
	uint64_t now = now_of(s);
	uint64_t deadline = kt_hold_deadline_ns(hold_ns, now, s->end_ns);
	return deadline > now ? s->env->hold_until(s->env->arg, deadline, err) : 0;
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

static int run_normal(
	struct kt_state *s, const struct kt_plan_step *step, size_t index, struct kt_err *err)
{
	int r = apply_ops(s, step, index, true, err);
	if (!r)
		r = make_cgroups(s, step, index, err);
	if (r < 0)
		return r;
	send_stimulus(s, step);
	note_no_time(s, step, index);
	return hold(s, step->hold_ns, err);
}

static int run_loop(
	struct kt_state *s, const struct kt_plan_step *step, size_t index, struct kt_err *err)
{
	int r = make_cgroups(s, step, index, err);
	note_no_time(s, step, index);
	while (!r && now_of(s) < s->end_ns) {
		r = apply_ops(s, step, index, false, err);
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
	char ended[KT_NAME_PLACE_BYTES];
	kt_state_next_phase(s);
	int r = step->hold == KTSTR_HOLD_KIND_LOOP ? run_loop(s, step, index, &err)
						   : run_normal(s, step, index, &err);
	snprintf(ended, sizeof(ended), "the end of step %zu", index);
	kt_state_end_lifetime(s, false, ended);
	if (r < 0)
		kt_state_detail(
			s, true, "step", "step %zu failed: %s (fix: %s)", index, err.text, err.fix);
	return r;
}

int kt_steps_run(struct kt_state *s, const struct kt_plan_step *steps, size_t count)
{
	bool outer = s->persistent;
	int r = 0;
	s->persistent = false;
	for (size_t i = 0; i < count && !r; i++)
		r = run_step(s, &steps[i], i);
	s->persistent = outer;
	return r;
}
