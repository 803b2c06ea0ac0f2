// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of a test's body. What it makes is persistent; steps it runs have their own
 * lifetime. Every failure is recorded here, so the caller may ignore the return value.
 */
#include "scenario/ctx.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scenario/hold.h"
#include "scenario/op_info.h"
#include "scenario/op_table.h"
#include "scenario/plan_list.h"
#include "scenario/rules.h"
#include "scenario/steps.h"

static int record(struct kt_state *s, int r, const char *kind, const struct kt_err *err)
{
	if (r < 0)
		kt_state_detail(
			s, true, kind, "%s failed: %s (fix: %s)", s->place, err->text, err->fix);
	return r;
}

int ktstr_run_op(struct ktstr_ctx *ctx, const struct ktstr_op *op)
{
	struct kt_state *s = ctx->state;
	struct kt_plan_op resolved;
	struct kt_err err = {0};
	snprintf(s->place, sizeof(s->place), "op %s of the body", kt_op_name(op->kind));
	int r = kt_plan_resolve_op(&s->plan->topo, op, &resolved, &err);
	if (!r)
		r = kt_op_apply(s, &resolved, NULL, &err);
	return record(s, r, "op", &err);
}

int ktstr_run_cgroup(struct ktstr_ctx *ctx, const struct ktstr_cgroup *cgroup)
{
	struct kt_state *s = ctx->state;
	struct kt_rules rules = {.names = &s->names};
	struct kt_plan_cgroup resolved;
	struct kt_err err = {0};
	snprintf(s->place, sizeof(s->place), "a cgroup of the body");
	int r = kt_plan_resolve_cgroup(&s->plan->topo, cgroup, &resolved, &err);
	if (!r)
		r = kt_rules_check_cgroup(&rules, &resolved, &err);
	if (!r)
		r = kt_state_make_cgroup(s, &resolved, &err);
	return record(s, r, "cgroup", &err);
}

int ktstr_run_steps(struct ktstr_ctx *ctx, const struct ktstr_step *steps)
{
	struct kt_state *s = ctx->state;
	struct kt_plan_steps made = {0};
	KT_AUTO_DONE(kt_names_done) struct kt_names names = {0};
	struct kt_err err = {0};
	snprintf(s->place, sizeof(s->place), "the list of steps of the body");
	int r = kt_names_copy(&s->names, &names, &err);
	if (!r)
		r = kt_plan_steps_make(
			&s->plan->topo, s->plan->duration_ms, steps, &names, &made, &err);
	if (r < 0)
		return record(s, r, "step", &err);
	r = kt_steps_run(s, made.items, made.count);
	kt_plan_steps_done(&made);
	return r;
}

int ktstr_hold_ms(struct ktstr_ctx *ctx, uint64_t ms)
{
	struct kt_state *s = ctx->state;
	struct kt_err err = {0};
	snprintf(s->place, sizeof(s->place), "a hold of the body");
	uint64_t now = s->env->now_ns(s->env->arg);
	uint64_t hold_ns = KT_MIN(ms, (uint64_t)KT_HOLD_MAX_MS) * KT_NS_PER_MS;
	uint64_t deadline = kt_hold_deadline_ns(hold_ns, now, s->end_ns);
	int r = deadline > now ? s->env->hold_until(s->env->arg, deadline, &err) : 0;
	return record(s, r, "hold", &err);
}

uint64_t ktstr_iterations(struct ktstr_ctx *ctx, const char *cgroup)
{
	return kt_state_iterations(ctx->state, cgroup);
}

struct ktstr_topology ktstr_topology(const struct ktstr_ctx *ctx)
{
	const struct kt_topo *t = &ctx->state->plan->topo;
	return (struct ktstr_topology){
		.nodes = t->nodes, .llcs = t->llcs, .cores = t->cores, .threads = t->threads};
}

uint64_t ktstr_duration_ms(const struct ktstr_ctx *ctx)
{
	return ctx->state->plan->duration_ms;
}

uint64_t ktstr_remaining_ms(const struct ktstr_ctx *ctx)
{
	const struct kt_state *s = ctx->state;
	uint64_t now = s->env->now_ns(s->env->arg);
	return now < s->end_ns ? (s->end_ns - now) / KT_NS_PER_MS : 0;
}

uint64_t ktstr_seed(const struct ktstr_ctx *ctx)
{
	return ctx->state->plan->seed;
}

static void say(struct ktstr_ctx *ctx, bool fails, const char *kind, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static void say(struct ktstr_ctx *ctx, bool fails, const char *kind, const char *fmt, va_list ap)
{
	char text[KT_ERR_TEXT_BYTES];
	vsnprintf(text, sizeof(text), fmt, ap);
	kt_state_detail(ctx->state, fails, kind, "%s", text);
}

void ktstr_fail(struct ktstr_ctx *ctx, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(ctx, true, "test", fmt, ap);
	va_end(ap);
}

void ktstr_note(struct ktstr_ctx *ctx, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(ctx, false, "test", fmt, ap);
	va_end(ap);
}

void ktstr_skip(struct ktstr_ctx *ctx, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(ctx, false, KT_ENV_SKIP, fmt, ap);
	va_end(ap);
}
