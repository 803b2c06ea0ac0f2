// SPDX-License-Identifier: GPL-2.0-only
/* One scenario from its controllers to the end of both lifetimes. */
#include "scenario/engine.h"

#include "base/mem.h"
#include "scenario/backdrop.h"
#include "scenario/ctx.h"
#include "scenario/liveness.h"
#include "scenario/state.h"
#include "scenario/steps.h"

/* A body is one phase; each step it runs has its own. */
static void run_body(struct kt_state *s)
{
	struct ktstr_ctx ctx = {.state = s};
	s->persistent = true;
	kt_state_next_phase(s);
	s->plan->test->body(&ctx);
	kt_state_send_stimulus(s, &s->body);
	struct kt_err err = {0};
	if (kt_liveness_check(s, &err) < 0)
		kt_state_detail(s, true, "hold", "after the body: %s (fix: %s)", err.text, err.fix);
	if (s->sched_ended)
		kt_liveness_record(s, "before the end of the body");
	kt_claims_finish(&ctx);
}

/* A failure is a result: it is recorded, and what had been made is collected. */
static bool build_backdrop(struct kt_state *s)
{
	struct kt_err err = {0};
	const struct kt_plan_backdrop *b = &s->plan->backdrop;
	if (kt_backdrop_is_empty(b) || !kt_backdrop_build(s, b, &err))
		return true;
	kt_state_detail(
		s, true, "backdrop", "the backdrop failed: %s (fix: %s)", err.text, err.fix);
	return false;
}

static void run_rest(struct kt_state *s)
{
	if (s->plan->test->body)
		run_body(s);
	else
		(void)kt_steps_run(
			s, s->plan->steps, s->plan->step_count); /* failing is recorded */
}

int kt_engine_run(const struct kt_plan *plan, const struct kt_env *env, struct kt_err *err)
{
	int r = env->setup(env->arg, plan->controllers, err);
	if (r < 0)
		return kt_wrap(err, r, "prepare the cgroups of the scenario");

	KT_AUTO_DONE(kt_state_done) struct kt_state s;
	kt_state_init(&s, plan, env);
	kt_state_mark(&s, KT_MARKER_start);
	if (build_backdrop(&s)) {
		run_rest(&s);
		kt_state_mark(&s, KT_MARKER_end);
	}
	kt_state_end_lifetime(&s, true, "the end of the scenario");
	return 0;
}
