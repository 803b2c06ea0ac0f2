// SPDX-License-Identifier: GPL-2.0-only
/* Every ready-made scenario can be planned, on its own machine and on a larger one. */
#include <ktstr/canned.h>

#include "unit/scenario/scenario.h"

static const struct {
	const char *name;
	struct kt_topo topo;
	const struct ktstr_scenario *scenario;
} rows[] = {
#define CANNED(name, nodes, llcs, cores, threads, sentence)                                        \
	{#name, {nodes, llcs, cores, threads}, KTSTR_CANNED(name)},
#include "macros/canned.def"
#undef CANNED
};

static void expect_planned(size_t i, struct kt_topo topo, uint64_t duration_ms)
{
	const struct ktstr_test t = {.name = rows[i].name, .scenario = rows[i].scenario};
	struct kt_plan_options options = {.topo = topo, .duration_ms = duration_ms};
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_plan_make(&t, &options, &plan, &err), 0, "%s", err.text);
	cr_assert_gt(plan->worker_count, 0, "%s has no load", rows[i].name);
}

Test(canned, each_fits_the_machine_it_is_meant_for)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++)
		expect_planned(i, rows[i].topo, 2000);
}

Test(canned, each_fits_a_larger_machine_and_a_longer_run)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++)
		expect_planned(i, (struct kt_topo){2, 4, 4, 2}, 30000);
}

Test(canned, each_uses_the_whole_duration)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		const struct ktstr_test t = {.name = rows[i].name,
			.scenario = rows[i].scenario,
			.topology = {2, 4, 4, 2},
			.duration_ms = 1000};
		KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
		uint64_t sum_ns = 0;
		bool loops = false;
		for (size_t k = 0; k < plan->step_count; k++) {
			sum_ns += plan->steps[k].hold_ns;
			loops |= plan->steps[k].hold == KTSTR_HOLD_KIND_LOOP;
		}
		cr_assert(loops || sum_ns >= 1000000000, "%s holds for %llu ns", rows[i].name,
			(unsigned long long)sum_ns);
	}
}

Test(canned, none_freezes_for_as_long_as_the_gap_that_not_starved_allows)
{
	size_t freezes = 0;
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		const struct ktstr_test t = {.name = rows[i].name,
			.scenario = rows[i].scenario,
			.topology = {2, 4, 4, 2},
			.duration_ms = 60000};
		KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
		for (size_t k = 0; k < plan->step_count; k++) {
			const struct kt_plan_step *step = &plan->steps[k];
			if (!step->op_count || step->ops[0].kind != KTSTR_OP_freeze_cgroup)
				continue;
			freezes++;
			cr_assert_leq(step->hold_ns, 1000000000, "%s", rows[i].name);
		}
	}
	cr_assert_gt(freezes, 0);
}

Test(canned, the_topology_macro_says_what_the_row_says)
{
	const struct ktstr_topology t = KTSTR_CANNED_TOPOLOGY(steady_numa);
	cr_assert_eq(t.nodes, 2);
	cr_assert_eq(t.llcs, 2);
}
