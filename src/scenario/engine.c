// SPDX-License-Identifier: GPL-2.0-only
/* One scenario from its controllers to the end of both lifetimes. */
#include "scenario/engine.h"

#include "base/mem.h"
#include "scenario/ctx.h"
#include "scenario/state.h"
#include "scenario/steps.h"

/* A body is one phase; each step it runs has its own. */
static void run_body(struct kt_state *s)
{
	struct ktstr_ctx ctx = {.state = s};
	s->persistent = true;
	kt_state_next_phase(s);
	s->plan->test->body(&ctx);
}

int kt_engine_run(const struct kt_plan *plan, const struct kt_env *env, struct kt_err *err)
{
	int r = env->setup(env->arg, plan->needs_cpuset, err);
	if (r < 0)
		return kt_wrap(err, r, "prepare the cgroups of the scenario");

	KT_AUTO_DONE(kt_state_done) struct kt_state s;
	kt_state_init(&s, plan, env);
	if (plan->test->body)
		run_body(&s);
	else
		(void)kt_steps_run(&s, plan->steps, plan->step_count); /* failing is recorded */
	kt_state_end_lifetime(&s, true, "the end of the scenario");
	return 0;
}
