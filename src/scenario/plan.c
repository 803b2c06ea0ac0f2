// SPDX-License-Identifier: GPL-2.0-only
/* The plan as a whole: defaults, options and the test's own rules; steps in plan_steps.c. */
#include "scenario/plan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "payload/rules.h"
#include "scenario/hold.h"
#include "scenario/plan_checks.h"
#include "scenario/plan_host.h"
#include "scenario/plan_list.h"
#include "scenario/plan_memory.h"
#include "scenario/work_rules.h"

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

static int check_duration(uint64_t ms, struct kt_err *err)
{
	if (ms && ms <= KT_HOLD_MAX_MS)
		return 0;
	return kt_fail(err, EINVAL, "use a duration of 1 ms to 24 hours, such as KTSTR_SECONDS(10)",
		"a duration of %llu ms is not possible", (unsigned long long)ms);
}

struct ktstr_scenario kt_plan_scenario_of(const struct ktstr_test *test)
{
	if (test->scenario)
		return *test->scenario;
	return (struct ktstr_scenario){.backdrop = test->backdrop, .steps = test->steps};
}

static int check_scenario(const struct ktstr_test *test, struct kt_err *err)
{
	const struct ktstr_backdrop *b = &test->backdrop;
	if (b->cgroups || b->ops || b->payloads)
		return kt_fail(err, EINVAL,
			"drop .backdrop, or write the steps out with .steps = KTSTR_STEPS(...)",
			"its scenario has a backdrop of its own, so .backdrop would be lost");
	if (!test->scenario->steps)
		return kt_fail(err, EINVAL, "give the scenario .steps = KTSTR_STEPS(...)",
			"its scenario has no steps: it would do nothing");
	return 0;
}

static int check_form(const struct ktstr_test *test, struct kt_err *err)
{
	if (test->scenario && (test->steps || test->body))
		return kt_fail(err, EINVAL, "leave one of the two out",
			"it has both .scenario and %s", test->steps ? ".steps" : "a body");
	if (test->steps && test->body)
		return kt_fail(err, EINVAL,
			"drop .steps: a body runs them with ktstr_run_steps(ctx, steps)",
			"it has both steps and a body");
	if (!test->steps && !test->body && !test->scenario)
		return kt_fail(err, EINVAL,
			"add .steps = KTSTR_STEPS(...), or write it as KTSTR_TEST_BODY",
			"it has neither steps nor a body: it would do nothing");
	return test->scenario ? check_scenario(test, err) : 0;
}

static int fill_backdrop(struct kt_plan *plan, struct kt_names *names, struct kt_err *err)
{
	const struct ktstr_scenario scenario = kt_plan_scenario_of(plan->test);
	const struct ktstr_backdrop *from = &scenario.backdrop;
	struct kt_plan_backdrop *b = &plan->backdrop;
	int r = kt_plan_take_cgroups(
		&plan->topo, from->cgroups, &b->cgroups, &b->cgroup_count, err);
	if (!r)
		r = kt_plan_take_ops(&plan->topo, from->ops, &b->ops, &b->op_count, err);
	if (!r)
		r = kt_plan_add_payload_ops(b, from->payloads, err);
	b->ops_written = b->op_count;
	if (!r)
		r = kt_plan_merge_cold_writes(b->ops, &b->op_count, err);
	if (r < 0)
		return kt_wrap(err, r, "the backdrop");
	const struct kt_part part = kt_plan_backdrop_part(b);
	plan->controllers = kt_plan_part_controllers(&part);
	return kt_plan_walk_backdrop(&plan->topo, b, names, plan->quiet ? NULL : plan->test->name,
		&plan->worker_count, err);
}

static int fill_steps(struct kt_plan *plan, struct kt_names *names, struct kt_err *err)
{
	struct kt_plan_steps steps = {0};
	int r = kt_plan_steps_make(&plan->topo, plan->duration_ms,
		kt_plan_scenario_of(plan->test).steps, names, plan->quiet ? NULL : plan->test->name,
		&steps, err);
	if (r < 0)
		return r;
	plan->steps = steps.items;
	plan->step_count = steps.count;
	plan->controllers |= steps.controllers;
	plan->worker_count = KT_MAX(plan->worker_count, steps.worker_count);
	return 0;
}

/* It changes no names and no numbers of workers, so that all that was checked still holds. */
static void swap_all_kinds(struct kt_plan *plan)
{
	struct kt_plan_backdrop *b = &plan->backdrop;
	const struct kt_plan_steps steps = {.items = plan->steps, .count = plan->step_count};
	for (size_t i = 0; i < b->op_count; i++)
		kt_plan_swap_kind(&plan->topo, &b->ops[i].def.works, plan->work);
	for (size_t i = 0; i < b->cgroup_count; i++)
		kt_plan_swap_kind(&plan->topo, &b->cgroups[i].works, plan->work);
	kt_plan_steps_swap_kinds(&plan->topo, &steps, plan->work);
}

static int fill_scenario(struct kt_plan *plan, struct kt_err *err)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names names = {0};
	int r = fill_backdrop(plan, &names, err);
	if (!r && !plan->test->body)
		r = fill_steps(plan, &names, err);
	if (!r)
		r = kt_work_rules_check_controllers(plan->controllers, err);
	if (r < 0)
		return r;
	swap_all_kinds(plan);
	if (!plan->test->body)
		return 0;
	/* What a body needs beyond is not known; it is enabled when it is first written to. */
	plan->worker_count = 0;
	return 0;
}

static int check_metrics(const struct ktstr_metric_hint *metrics, struct kt_err *err)
{
	int r = kt_payload_check_hints(metrics, err);
	return r < 0 ? kt_wrap(err, r, ".metrics") : 0;
}

static int fill(struct kt_plan *plan, const struct kt_plan_options *options, struct kt_err *err)
{
	const struct ktstr_test *test = plan->test;
	plan->topo = options && options->topo.nodes ? options->topo : kt_plan_topo_of(test);
	plan->quiet = options && options->quiet;
	plan->seed = options ? options->seed : 0;
	plan->work = options ? options->work : KTSTR_WORK_END;
	plan->duration_ms = options && options->duration_ms ? options->duration_ms
			    : test->duration_ms		    ? test->duration_ms
							    : KTSTR_DEFAULT_DURATION_MS;
	int r = check_form(test, err);
	if (!r)
		r = kt_plan_check_host_only(test, err);
	if (!r)
		r = kt_topo_check(&plan->topo, err);
	if (!r)
		r = check_duration(plan->duration_ms, err);
	if (!r)
		r = kt_plan_check_limits(test, err);
	if (!r)
		r = check_metrics(test->metrics, err);
	if (!r)
		r = kt_plan_check_payloads(test->payloads, err);
	return r < 0 ? r : fill_scenario(plan, err);
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
	kt_plan_ops_free(plan->backdrop.ops, plan->backdrop.op_count);
	free(plan->backdrop.cgroups);
	free(plan);
}
