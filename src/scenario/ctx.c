// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of a test's body. What it makes is persistent; steps it runs have their own
 * lifetime. Every failure is recorded here, so the caller may ignore the return value.
 */
#include "scenario/ctx.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "scenario/cpuset_spec.h"
#include "scenario/hold.h"
#include "scenario/liveness.h"
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

static struct kt_rules rules_of(const struct kt_state *s)
{
	return (struct kt_rules){
		.names = &s->names, .persistent = s->persistent, .topo = &s->plan->topo};
}

int ktstr_run_op(struct ktstr_ctx *ctx, const struct ktstr_op *op)
{
	struct kt_state *s = ctx->state;
	const struct kt_rules rules = rules_of(s);
	struct kt_plan_op resolved;
	struct kt_err err = {0};
	snprintf(s->place, sizeof(s->place), "op %s of the body", kt_op_name(op->kind));
	int r = kt_plan_resolve_op(&s->plan->topo, op, &resolved, &err);
	if (!r)
		kt_plan_swap_kind(&s->plan->topo, &resolved.def.works, s->plan->work);
	if (!r)
		r = kt_op_apply(s, &resolved, &rules, &err);
	if (!r) {
		s->body.ops++;
		s->body.op_mask |= kt_op_bit(op->kind);
		s->body.knob_mask |= resolved.def.knob_mask;
	}
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
		kt_plan_swap_kind(&s->plan->topo, &resolved.works, s->plan->work);
	if (!r)
		r = kt_state_make_cgroup(s, &resolved, &err);
	if (!r)
		s->body.knob_mask |= resolved.knob_mask;
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
			&s->plan->topo, s->plan->duration_ms, steps, &names, NULL, &made, &err);
	if (r < 0)
		return record(s, r, "step", &err);
	kt_plan_steps_swap_kinds(&s->plan->topo, &made, s->plan->work);
	r = kt_steps_run(s, made.items, made.count);
	kt_plan_steps_done(&made);
	return r;
}

int ktstr_run_payload(struct ktstr_ctx *ctx, const struct ktstr_payload *payload,
	const struct ktstr_payload_call *call, struct ktstr_payload_result *ret)
{
	static const struct ktstr_payload_call plain = {0};
	struct kt_state *s = ctx->state;
	const struct kt_rules rules = rules_of(s);
	const struct ktstr_payload_call *how = call ? call : &plain;
	const struct ktstr_op op = {.kind = KTSTR_OP_run_payload,
		.run_payload = {.payload = payload, .args = how->args, .cgroup = how->cgroup}};
	struct ktstr_payload_result unused;
	struct kt_plan_op resolved;
	KT_AUTO_DONE(kt_str_done) struct kt_str warning = {0};
	struct kt_err err = {0};
	snprintf(s->place, sizeof(s->place), "a payload of the body");
	int r = kt_plan_resolve_op(&s->plan->topo, &op, &resolved, &err);
	if (!r)
		r = kt_rules_check_op(&rules, &resolved, &warning, &err);
	if (!r)
		r = kt_state_payload_run(s, payload, how, ret ? ret : &unused, &err);
	return record(s, r, "payload", &err);
}

double ktstr_metric(const struct ktstr_payload_result *result, const char *name, double fallback)
{
	for (size_t i = 0; i < result->metric_count; i++)
		if (!strcmp(result->metrics[i].name, name))
			return result->metrics[i].value;
	return fallback;
}

static int hold(struct kt_state *s, uint64_t ms)
{
	struct kt_err err = {0};
	snprintf(s->place, sizeof(s->place), "a hold of the body");
	uint64_t now = s->env->now_ns(s->env->arg);
	uint64_t hold_ns = KT_MIN(ms, (uint64_t)KT_HOLD_MAX_MS) * KT_NS_PER_MS;
	int r = kt_liveness_hold(s, kt_hold_deadline_ns(hold_ns, now, s->end_ns), &err);
	if (!s->sched_ended)
		return record(s, r, "hold", &err);
	kt_liveness_record(s, "during a hold of the body");
	return -ESRCH;
}

int ktstr_hold_ms(struct ktstr_ctx *ctx, uint64_t ms)
{
	return hold(ctx->state, ms);
}

int ktstr_settled_hold_ms(struct ktstr_ctx *ctx, uint64_t settle_ms, uint64_t ms)
{
	struct kt_state *s = ctx->state;
	int r = hold(s, settle_ms);
	if (r < 0)
		return r;
	kt_state_next_phase(s);
	kt_state_send_stimulus(s, &s->body);
	kt_state_mark(s, KT_MARKER_resume);
	r = hold(s, ms);
	kt_state_mark(s, KT_MARKER_pause);
	return r;
}

/* A misspelt name would be 0 of something, and what is claimed of 0 often holds. */
static bool was_made(struct kt_state *s, const char *call, const char *cgroup)
{
	if (!cgroup || !*cgroup || kt_names_find(&s->names, cgroup) ||
		kt_names_find_gone(&s->names, cgroup))
		return true;
	KT_AUTOFREE char *known = kt_names_text(&s->names);
	kt_state_detail(s, true, "test",
		"a call of %s(): cgroup '%s' was never made; known: %s (fix: name a cgroup of the "
		"body or of the backdrop)",
		call, cgroup, known ? known : "?");
	return false;
}

uint64_t ktstr_iterations(struct ktstr_ctx *ctx, const char *cgroup)
{
	if (!was_made(ctx->state, "ktstr_iterations", cgroup))
		return 0;
	return kt_state_iterations(ctx->state, cgroup);
}

unsigned ktstr_phase(const struct ktstr_ctx *ctx)
{
	return ctx->state->phase;
}

pid_t ktstr_scheduler_pid(const struct ktstr_ctx *ctx)
{
	return ctx->state->env->scheduler_pid(ctx->state->env->arg);
}

int ktstr_cpus(struct ktstr_ctx *ctx, struct ktstr_cpus spec, unsigned *ret_cpus, size_t room)
{
	struct kt_state *s = ctx->state;
	struct kt_cpus cpus;
	struct kt_err err = {0};
	size_t count = 0;
	snprintf(s->place, sizeof(s->place), "a call of ktstr_cpus()");
	int r = kt_cpuset_resolve(&s->plan->topo, &spec, &cpus, &err);
	if (r < 0)
		return record(s, r, "test", &err);
	for (unsigned cpu = 0; cpu < KT_CPUS_MAX; cpu++) {
		if (!kt_cpus_has(&cpus, cpu))
			continue;
		if (count < room)
			ret_cpus[count] = cpu;
		count++;
	}
	return (int)count;
}

size_t ktstr_pids(struct ktstr_ctx *ctx, const char *cgroup, pid_t *ret_pids, size_t room)
{
	struct kt_state *s = ctx->state;
	size_t count = 0;
	if (!was_made(s, "ktstr_pids", cgroup))
		return 0;
	kt_vec_each(g, &s->groups) {
		size_t n = 0;
		const pid_t *pids = s->env->work_pids(g->work, &n);
		if (strcmp(g->cgroup, cgroup ? cgroup : ""))
			continue;
		for (size_t i = 0; i < n; i++, count++)
			if (count < room)
				ret_pids[count] = pids[i];
	}
	return count;
}

int ktstr_captured_procs(struct ktstr_ctx *ctx, const char *tag, pid_t *ret_pids, size_t room)
{
	struct kt_state *s = ctx->state;
	struct kt_err err = {0};
	const struct kt_capture *c = kt_captures_find(&s->captures, tag ? tag : "");
	snprintf(s->place, sizeof(s->place), "a call of ktstr_captured_procs()");
	if (!c)
		return record(s,
			kt_fail(&err, ENOENT, "apply the op capture_cgroup_procs with it before",
				"nothing was captured under the tag '%s'", tag ? tag : ""),
			"test", &err);
	for (size_t i = 0; i < c->count && i < room; i++)
		ret_pids[i] = c->pids[i];
	return (int)KT_MIN(c->count, (size_t)INT_MAX);
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
