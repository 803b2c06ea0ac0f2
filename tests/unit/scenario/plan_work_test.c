// SPDX-License-Identifier: GPL-2.0-only
/* What a cgroup adds to its works, what --work replaces, and works that exclude knobs. */
#include <criterion/criterion.h>

#include "unit/scenario/scenario.h"

static const struct kt_topo topo = {.nodes = 1, .llcs = 2, .cores = 2, .threads = 1};

static struct ktstr_work work_of(const struct ktstr_cgroup *cgroup, size_t i)
{
	struct kt_plan_cgroup out;
	struct kt_err err = {0};
	cr_assert_eq(kt_plan_resolve_cgroup(&topo, cgroup, &out, &err), 0, "%s", err.text);
	return kt_plan_work(&topo, &out.works, i);
}

Test(plan_work, a_default_of_the_cgroup_fills_what_a_work_leaves_unset)
{
	const struct ktstr_cgroup cgroup = CGROUP("a", .nice = SET(3), .comm = "all", .uid = SET(7),
		.gid = SET(8), .numa_node = SET(0),
		.work = WORKS(WORK(spin_wait, .comm = "own"), WORK(mixed, .nice = SET(-1))));
	const struct ktstr_work first = work_of(&cgroup, 0), second = work_of(&cgroup, 1);
	cr_assert_str_eq(first.comm, "own");
	cr_assert_eq(first.nice.value, 3);
	cr_assert_str_eq(second.comm, "all");
	cr_assert_eq(second.nice.value, -1);
	cr_assert(second.uid.value == 7 && second.gid.value == 8 && second.numa_node.set);
}

Test(plan_work, an_explicit_0_of_a_work_counts_as_set)
{
	const struct ktstr_cgroup cgroup = CGROUP("a", .nice = SET(3), .uid = SET(7),
		.work = WORKS(WORK(spin_wait, .nice = SET(0), .uid = SET(0))));
	const struct ktstr_work work = work_of(&cgroup, 0);
	cr_assert_eq(work.nice.value, 0);
	cr_assert_eq(work.uid.value, 0);
}

Test(plan_work, the_node_of_a_cgroup_is_not_for_a_work_that_says_both_cpus_and_memory)
{
	const struct ktstr_cgroup cgroup = CGROUP("a", .numa_node = SET(0),
		.work = WORKS(WORK(spin_wait, .affinity = AFFINITY_SINGLE),
			WORK(spin_wait, .affinity = AFFINITY_SINGLE, .mempolicy = MEM_LOCAL)));
	cr_assert(work_of(&cgroup, 0).numa_node.set);
	cr_assert_not(work_of(&cgroup, 1).numa_node.set);
}

Test(plan_work, the_work_of_a_cgroup_that_names_none_gets_the_defaults_too)
{
	const struct ktstr_cgroup cgroup = CGROUP("a", .pcomm = "leader");
	const struct ktstr_work work = work_of(&cgroup, 0);
	cr_assert_eq(work.kind, KTSTR_WORK_spin_wait);
	cr_assert_str_eq(work.pcomm, "leader");
}

static struct kt_plan *plan_with(const struct ktstr_test *test, enum ktstr_work_kind kind)
{
	struct kt_err err = {0};
	struct kt_plan *plan = NULL;
	const struct kt_plan_options options = {.work = kind};
	cr_assert_eq(kt_plan_make(test, &options, &plan, &err), 0, "%s", err.text);
	return plan;
}

#define TWO_CGROUPS                                                                                \
	.steps = STEPS(STEP(                                                                       \
		HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .swappable = true, .comm = "kept",       \
						      .work = WORKS(WORK(spin_wait, .workers = 2), \
							      WORK(mixed, .workers = 3))),         \
				   CGROUP("b", .work = WORKS(WORK(spin_wait, .workers = 2))))))

Test(plan_work, the_kind_of_works_in_swappable_cgroups_is_replaced)
{
	const struct ktstr_test t = TEST_OF(TWO_CGROUPS);
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_with(&t, KTSTR_WORK_yield_heavy);
	const struct ktstr_work a = kt_plan_work(&plan->topo, &plan->steps[0].cgroups[0].works, 0);
	const struct ktstr_work b = kt_plan_work(&plan->topo, &plan->steps[0].cgroups[1].works, 0);
	cr_assert_eq(a.kind, KTSTR_WORK_yield_heavy);
	cr_assert_eq(a.workers, 2);
	cr_assert_str_eq(a.comm, "kept");
	cr_assert_eq(b.kind, KTSTR_WORK_spin_wait);
}

Test(plan_work, a_work_whose_workers_are_no_whole_teams_keeps_its_kind)
{
	const struct ktstr_test t = TEST_OF(TWO_CGROUPS);
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_with(&t, KTSTR_WORK_pipe_io);
	const struct kt_plan_works *works = &plan->steps[0].cgroups[0].works;
	cr_assert_eq(kt_plan_work(&plan->topo, works, 0).kind, KTSTR_WORK_pipe_io);
	cr_assert_eq(kt_plan_work(&plan->topo, works, 1).kind, KTSTR_WORK_mixed);
}

Test(plan_work, spawn_is_never_replaced_and_a_def_of_an_op_is)
{
	static const struct ktstr_cgroup def = CGROUP("d", .swappable = true);
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup_def, .def = &def),
							       OP(spawn, .cgroup = "d")))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_with(&t, KTSTR_WORK_mixed);
	const struct kt_plan_op *ops = plan->steps[0].ops;
	cr_assert_eq(kt_plan_work(&plan->topo, &ops[0].def.works, 0).kind, KTSTR_WORK_mixed);
	cr_assert_eq(kt_plan_work(&plan->topo, &ops[1].work, 0).kind, KTSTR_WORK_spin_wait);
}

Test(plan_work, a_replaced_work_keeps_the_number_of_workers_it_has_when_unset)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .swappable = true),
							CGROUP("b", .swappable = true,
								.work = WORKS(WORK(pipe_io)))))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_with(&t, KTSTR_WORK_futex_ping_pong);
	const struct kt_plan_cgroup *made = plan->steps[0].cgroups;
	cr_assert_eq(kt_plan_work(&plan->topo, &made[0].works, 0).kind, KTSTR_WORK_spin_wait);
	const struct ktstr_work pair = kt_plan_work(&plan->topo, &made[1].works, 0);
	cr_assert_eq(pair.kind, KTSTR_WORK_futex_ping_pong);
	cr_assert_eq(pair.workers, 2);
}

Test(plan_work, a_part_of_the_cpus_is_replaced_by_what_comes_alone_and_fits)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(
				HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .swappable = true,
						   .work = WORKS(WORK(spin_wait, .workers_pct = 1),
							   WORK(spin_wait, .workers_pct = 1,
								   .pcomm = "p")))))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_with(&t, KTSTR_WORK_fork_exit);
	const struct kt_plan_works *works = &plan->steps[0].cgroups[0].works;
	cr_assert_eq(kt_plan_work(&plan->topo, works, 0).kind, KTSTR_WORK_fork_exit);
	cr_assert_eq(kt_plan_work(&plan->topo, works, 1).kind, KTSTR_WORK_spin_wait);
}

static void body(struct ktstr_ctx *ctx)
{
	const struct ktstr_cgroup a = CGROUP("a", .swappable = true), b = CGROUP("b");
	ktstr_run_cgroup(ctx, &a);
	ktstr_run_cgroup(ctx, &b);
	ktstr_run_steps(
		ctx, STEPS(STEP(HOLD_MS(1), .cgroups = CGROUPS(CGROUP("c", .swappable = true)))));
}

Test(plan_work, what_a_body_makes_is_replaced_too)
{
	struct fake_env f;
	const struct ktstr_test t = TEST_OF(.body = body);
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_with(&t, KTSTR_WORK_mixed);
	fake_env_init(&f);
	cr_assert_eq(kt_engine_run(plan, &f.env, NULL), 0);
	expect_lines(&f, "spawn",
		"spawn w1 'a' kind=mixed workers=1 group=0 phase=1\n"
		"spawn w2 'b' kind=spin_wait workers=1 group=0 phase=1\n"
		"spawn w3 'c' kind=mixed workers=1 group=0 phase=2\n");
	fake_env_done(&f);
}

Test(plan_work, threads_make_the_cgroups_threaded)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpu_weight = 5,
							.work = WORKS(WORK(spin_wait,
								.mode = KTSTR_MODE_THREADS)))))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(
		plan->controllers, KT_CONTROLLERS_THREADED | KT_CONTROLLER_BIT(KT_CONTROLLER_cpu));
}

Test(plan_work, threads_are_refused_beside_memory_and_io_knobs_anywhere)
{
	static const struct ktstr_work threads[] = {
		WORK(spin_wait, .mode = KTSTR_MODE_THREADS), {.kind = KTSTR_WORK_END}};
	const struct ktstr_test same =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(
					CGROUP("a", .memory = {.max = MIB(9)}, .work = threads)))));
	const struct ktstr_test other =
		TEST_OF(.backdrop = {.cgroups = CGROUPS(CGROUP("z", .io_weight = 5))},
			.steps = STEPS(STEP(
				HOLD_FULL, .ops = OPS(OP(add_cgroup, .name = "a"),
						   OP(spawn, .cgroup = "a", .work = threads)))));
	expect_refused(&same, "controller memory", ".pcomm");
	expect_refused(&other, "controller io", "drop the knobs");
}
