// SPDX-License-Identifier: GPL-2.0-only
/* The plan as a whole: defaults, options and the test's own rules; steps in plan_steps.c. */
#include "scenario/plan.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "scenario/hold.h"
#include "scenario/plan_list.h"

struct kt_topo kt_plan_topo_of(const struct ktstr_test *test)
{
	const struct ktstr_topology *t = &test->topology;
	return (struct kt_topo){
		.nodes = t->nodes ? t->nodes : 1,
		.llcs = t->llcs ? t->llcs : 1,
		.cores = t->cores ? t->cores : 2,
		.threads = t->threads ? t->threads : 1,
	};
}

static int check_limit(const char *name, double value, struct kt_err *err)
{
	if (isfinite(value) && value >= 0)
		return 0;
	return kt_fail(err, EINVAL, "use a finite limit above 0, or leave it unset",
		"check %s: %g is no limit", name, value);
}

static int check_checks(const struct ktstr_checks *checks, struct kt_err *err)
{
	int r = 0;
#define CHECK(name, type, limit, unit, sentence)                                                   \
	if (!r)                                                                                    \
		r = check_limit(#name, (double)checks->name, err);
#include "macros/check.def"
#undef CHECK
	return r;
}

static int check_duration(uint64_t ms, struct kt_err *err)
{
	if (ms && ms <= KT_HOLD_MAX_MS)
		return 0;
	return kt_fail(err, EINVAL, "use a duration of 1 ms to 24 hours, such as KTSTR_SECONDS(10)",
		"a duration of %llu ms is not possible", (unsigned long long)ms);
}

static int check_form(const struct ktstr_test *test, struct kt_err *err)
{
	if (test->steps && test->body)
		return kt_fail(err, EINVAL,
			"drop .steps: a body runs them with ktstr_run_steps(ctx, steps)",
			"it has both steps and a body");
	if (!test->steps && !test->body)
		return kt_fail(err, EINVAL,
			"add .steps = KTSTR_STEPS(...), or write it as KTSTR_TEST_BODY",
			"it has neither steps nor a body: it would do nothing");
	return 0;
}

static int fill_steps(struct kt_plan *plan, struct kt_err *err)
{
	struct kt_plan_steps steps = {0};
	KT_AUTO_DONE(kt_names_done) struct kt_names names = {0};
	int r = kt_plan_steps_make(
		&plan->topo, plan->duration_ms, plan->test->steps, &names, &steps, err);
	if (r < 0)
		return r;
	plan->steps = steps.items;
	plan->step_count = steps.count;
	plan->needs_cpuset = steps.needs_cpuset;
	plan->worker_count = steps.worker_count;
	return 0;
}

static int fill(struct kt_plan *plan, const struct kt_plan_options *options, struct kt_err *err)
{
	const struct ktstr_test *test = plan->test;
	plan->topo = options && options->topo.nodes ? options->topo : kt_plan_topo_of(test);
	plan->seed = options ? options->seed : 0;
	plan->duration_ms = options && options->duration_ms ? options->duration_ms
			    : test->duration_ms		    ? test->duration_ms
							    : KTSTR_DEFAULT_DURATION_MS;
	int r = check_form(test, err);
	if (!r)
		r = kt_topo_check(&plan->topo, err);
	if (!r)
		r = check_duration(plan->duration_ms, err);
	if (!r)
		r = check_checks(&test->checks, err);
	if (r < 0)
		return r;
	if (test->body) {
		plan->needs_cpuset = true;
		return 0;
	}
	return fill_steps(plan, err);
}

int kt_plan_make(const struct ktstr_test *test, const struct kt_plan_options *options,
	struct kt_plan **ret, struct kt_err *err)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = calloc(1, sizeof(*plan));
	if (!plan)
		return kt_fail(err, ENOMEM, "free memory", "out of memory for the plan");
	plan->test = test;
	int r = fill(plan, options, err);
	if (r < 0)
		return kt_wrap(err, r, "test '%s'", test->name ? test->name : "?");
	*ret = KT_TAKE(plan);
	return 0;
}

void kt_plan_free(struct kt_plan *plan)
{
	if (!plan)
		return;
	struct kt_plan_steps steps = {.items = plan->steps, .count = plan->step_count};
	kt_plan_steps_done(&steps);
	free(plan);
}
