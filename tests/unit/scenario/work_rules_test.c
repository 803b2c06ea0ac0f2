// SPDX-License-Identifier: GPL-2.0-only
/* Every rule of a work's attributes, in plans of a machine of 8 CPUs in 2 LLCs and 2 nodes. */
#include "unit/scenario/scenario.h"

#include "base/mem.h"
#include "scenario/knob.h"
#include "scenario/work_rules.h"

static const struct kt_topo machine = {.nodes = 2, .llcs = 2, .cores = 4, .threads = 1};

/* Of WORK in a cgroup "a" with CPUSET, NULL: without one; without "a": in the harness's. */
static int resolve(const struct ktstr_work *work, const char *cgroup, const char *cpuset,
	struct kt_work_final *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names names = {0};
	struct kt_cpus cpus;
	cr_assert_eq(kt_names_add(&names, "a", false, "the test", err), 0);
	if (cpuset) {
		cr_assert_eq(kt_cpus_parse(cpuset, &cpus, err), 0);
		kt_names_set_cpuset(&names, "a", &cpus);
	}
	return kt_work_rules_resolve(&machine, &names, cgroup, work, ret, err);
}

static struct kt_work_final final_of(const struct ktstr_work *work, const char *cpuset)
{
	struct kt_work_final final;
	struct kt_err err = {0};
	cr_assert_eq(resolve(work, "a", cpuset, &final, &err), 0, "%s", err.text);
	return final;
}

static void expect_error(const struct ktstr_work *work, const char *cgroup, const char *cpuset,
	const char *text, const char *fix)
{
	struct kt_work_final final;
	struct kt_err err = {0};
	cr_assert_eq(resolve(work, cgroup, cpuset, &final, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_expect_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

static void expect_cpus(const struct kt_cpus *cpus, const char *expected)
{
	KT_AUTOFREE char *text = kt_cpus_text(cpus);
	cr_expect_str_eq(text, expected);
}

#define SPIN(...)                                                                                  \
	((const struct ktstr_work){.kind = KTSTR_WORK_spin_wait __VA_OPT__(, ) __VA_ARGS__})

Test(work_rules, a_part_of_the_cpus_is_rounded_up)
{
	static const struct {
		double pct;
		const char *cpuset;
		unsigned workers;
	} rows[] = {{0.5, "0-3", 2}, {0.5, "0-2", 2}, {0.01, "0-3", 1}, {1, "0-3", 4},
		{2.5, "0-3", 10}, {0.07, "0", 1}, {1.0 / 3, "0-2", 1},
		/* not confined: the usable CPUs, of which the harness keeps one */
		{1, NULL, 7}, {0.5, NULL, 4}};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		struct ktstr_work work = SPIN(.workers_pct = rows[i].pct);
		struct kt_work_final final = final_of(&work, rows[i].cpuset);
		cr_expect_eq(
			final.work.workers, rows[i].workers, "row %zu: %u", i, final.work.workers);
		cr_expect_eq(final.work.workers_pct, 0);
	}
}

Test(work_rules, both_forms_of_a_count_are_refused)
{
	expect_error(&SPIN(.workers = 2, .workers_pct = 0.5), "a", NULL,
		"both 2 workers and 0.5 of the CPUs", "leave one of");
}

Test(work_rules, a_part_that_is_none_is_refused)
{
	expect_error(&SPIN(.workers_pct = -1), "a", NULL, "workers_pct is -1", "above 0");
	expect_error(&SPIN(.workers_pct = __builtin_nan("")), "a", NULL, "is no part", "above 0");
	expect_error(&SPIN(.workers_pct = __builtin_inf()), "a", NULL, "is no part", "above 0");
	expect_error(
		&SPIN(.workers_pct = 1e-12), "a", NULL, "of 7 CPUs is no worker", "larger part");
}

Test(work_rules, a_part_of_too_many_is_refused_like_a_number)
{
	expect_error(&SPIN(.workers_pct = 1e5), "a", NULL, "above the limit of 4096", "4096");
	expect_error(&SPIN(.workers_pct = 1e300), "a", NULL, "above the limit of 4096", "4096");
}

Test(work_rules, a_part_in_the_harness_s_cgroup_is_refused)
{
	expect_error(&SPIN(.workers_pct = 1), NULL, NULL,
		"in the cgroup of the harness, which has no CPUs of its own", "set .workers");
}

Test(work_rules, a_part_that_is_no_multiple_of_the_team_is_refused)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_pipe_io, .workers_pct = 1};
	expect_error(&work, "a", "0-2", "3 workers are no multiple of 2", "multiple");
	cr_expect_eq(final_of(&work, "0-3").work.workers, 4);
}

Test(work_rules, the_cgroup_s_cpus_reach_the_workers)
{
	struct kt_work_final final = final_of(&SPIN(), "1-2");
	expect_cpus(&final.where.cpus, "1-2");
	final = final_of(&SPIN(), NULL);
	expect_cpus(&final.where.cpus, "0-6");
}

Test(work_rules, real_time_priorities_are_1_to_99)
{
	static const unsigned bad[] = {0, 100};
	for (size_t i = 0; i < 2; i++) {
		struct ktstr_work fifo = SPIN(.policy = POLICY_FIFO(bad[i])),
				  rr = SPIN(.policy = POLICY_RR(bad[i]));
		expect_error(&fifo, "a", NULL, "is out of range", "1 (lowest) to 99");
		expect_error(&rr, "a", NULL, "is out of range", "1 (lowest) to 99");
	}
	final_of(&SPIN(.policy = POLICY_FIFO(1)), NULL);
	final_of(&SPIN(.policy = POLICY_RR(99)), NULL);
}

Test(work_rules, fields_of_another_policy_are_refused)
{
	expect_error(&SPIN(.policy = {.kind = KTSTR_POLICY_KIND_BATCH, .priority = 5}), "a", NULL,
		"a priority of 5 for a policy that has none", "KTSTR_POLICY_FIFO");
	expect_error(&SPIN(.policy = {.runtime_ns = 5000}), "a", NULL,
		"times for a policy that has none", "KTSTR_POLICY_DEADLINE");
	expect_error(&SPIN(.policy = {.kind = 42}), "a", NULL, "42 is no kind of policy",
		"KTSTR_POLICY_");
	final_of(&SPIN(.policy = POLICY_BATCH), NULL);
	final_of(&SPIN(.policy = POLICY_IDLE), NULL);
	final_of(&SPIN(.policy = POLICY_EXT), NULL);
}

Test(work_rules, deadlines_are_checked_as_the_kernel_would)
{
	static const struct {
		struct ktstr_policy policy;
		const char *text, *fix;
	} rows[] = {
		{POLICY_DEADLINE(2000, 0, 0), "the deadline is 0", "set a deadline"},
		{POLICY_DEADLINE(1023, 5000, 0), "no runtime of 1023 ns", "1024"},
		{POLICY_DEADLINE(6000, 5000, 0),
			"the runtime of 6000 ns is longer than the deadline of 5000 ns",
			"lengthen the deadline"},
		{POLICY_DEADLINE(2000, 5000, 4000),
			"the deadline of 5000 ns is longer than the period of 4000 ns",
			"lengthen the period"},
		{POLICY_DEADLINE(2000, 1ull << 63, 0), "top bit", "2^63"},
		{POLICY_DEADLINE(2000, 5000, 1ull << 63), "top bit", "2^63"},
		{POLICY_DEADLINE(1ull << 63, 5000, 0), "top bit", "2^63"},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++)
		expect_error(&SPIN(.policy = rows[i].policy), "a", NULL, rows[i].text, rows[i].fix);
	final_of(&SPIN(.policy = POLICY_DEADLINE(1024, 1024, 0)), NULL);
	final_of(&SPIN(.policy = POLICY_DEADLINE(2000, 5000, 5000)), NULL);
}

Test(work_rules, numbers_are_in_range_and_an_explicit_zero_counts)
{
	expect_error(&SPIN(.nice = SET(20)), "a", NULL, "nice is 20", "use -20 to 19");
	expect_error(&SPIN(.nice = SET(-21)), "a", NULL, "nice is -21", "use -20 to 19");
	expect_error(&SPIN(.uid = SET(-1)), "a", NULL, "uid is -1", "use 0 to 4294967294");
	expect_error(&SPIN(.gid = SET(4294967295)), "a", NULL, "gid is 4294967295", "use 0 to");
	expect_error(&SPIN(.nice = {.value = 5}), "a", NULL, "nice is 5, but not set",
		"write .nice = KTSTR_SET(5)");
	cr_expect(final_of(&SPIN(.nice = SET(0)), NULL).work.nice.set);
	cr_expect_not(final_of(&SPIN(), NULL).work.nice.set);
}

Test(work_rules, names_have_1_to_15_bytes)
{
	expect_error(&SPIN(.comm = "sixteen-bytes-xy"), "a", NULL,
		"comm \"sixteen-bytes-xy\" has 16", "1 to 15 bytes");
	expect_error(&SPIN(.comm = ""), "a", NULL, "comm \"\" has 0 bytes", "1 to 15 bytes");
	expect_error(&SPIN(.pcomm = "sixteen-bytes-xy"), "a", NULL, "pcomm \"", "1 to 15 bytes");
	final_of(&SPIN(.comm = "fifteen-bytes-x", .pcomm = "p"), NULL);
}

Test(work_rules, modes_exclude_each_other)
{
	expect_error(&SPIN(.mode = 7), "a", NULL, "7 is no mode", "KTSTR_MODE_THREADS");
	expect_error(&SPIN(.mode = KTSTR_MODE_THREADS, .pcomm = "x"), "a", NULL,
		"exclude each other", "leave .mode unset");
	final_of(&SPIN(.mode = KTSTR_MODE_THREADS), NULL);
}

Test(work_rules, work_that_forks_needs_processes)
{
	const struct ktstr_work threads = {.kind = KTSTR_WORK_fork_exit,
					.mode = KTSTR_MODE_THREADS},
				named = {.kind = KTSTR_WORK_fork_exit, .pcomm = "x"},
				processes = {.kind = KTSTR_WORK_fork_exit};
	expect_error(&threads, "a", NULL, "fork_exit needs workers that are processes", "unset");
	expect_error(&named, "a", NULL, "fork_exit needs workers that are processes", "unset");
	final_of(&processes, NULL);
}

Test(work_rules, a_node_stands_for_its_cpus_and_its_memory)
{
	struct kt_work_final final = final_of(&SPIN(.numa_node = SET(1)), NULL);
	cr_expect_eq(final.where.affinity.kind, KT_AFFINITY_ALL);
	expect_cpus(&final.where.affinity.cpus, "4-7");
	cr_expect(final.where.mempolicy.set);
	expect_cpus(&final.where.mempolicy.nodes, "1");
	expect_cpus(&final.where.nodes, "1");
	final = final_of(&SPIN(.numa_node = SET(0)), "3-5");
	expect_cpus(&final.where.affinity.cpus, "3");
}

Test(work_rules, a_node_leaves_alone_what_is_said)
{
	struct kt_work_final final =
		final_of(&SPIN(.numa_node = SET(1), .affinity = AFFINITY_EXACT("2")), NULL);
	expect_cpus(&final.where.affinity.cpus, "2");
	expect_cpus(&final.where.mempolicy.nodes, "1");
	final = final_of(&SPIN(.numa_node = SET(1), .mempolicy = MEM_LOCAL), NULL);
	cr_expect_eq(final.where.mempolicy.mode, 4);
	expect_cpus(&final.where.affinity.cpus, "4-7");
	expect_error(
		&SPIN(.numa_node = SET(1), .mempolicy = MEM_LOCAL, .affinity = AFFINITY_EXACT("2")),
		"a", NULL, "numa_node 1 would do nothing", "leave one of");
}

Test(work_rules, a_node_must_exist_and_have_cpus_of_the_cgroup)
{
	expect_error(&SPIN(.numa_node = SET(2)), "a", NULL, "numa_node is 2", "use 0 to 1");
	expect_error(&SPIN(.numa_node = SET(1)), "a", "0-3",
		"numa_node 1 has none of the CPUs 0-3 of the cgroup", "widen the cpuset");
}

Test(work_rules, memory_belongs_where_the_cpus_are)
{
	struct kt_work_final final = final_of(&SPIN(), "1-2");
	expect_cpus(&final.where.nodes, "0");
	final = final_of(&SPIN(), NULL);
	expect_cpus(&final.where.nodes, "");
	final = final_of(&SPIN(.affinity = AFFINITY_EXACT("4")), NULL);
	expect_cpus(&final.where.nodes, "1");
	final = final_of(&SPIN(.mempolicy = MEM_BIND("1")), NULL);
	expect_cpus(&final.where.nodes, "1");
	final = final_of(&SPIN(.affinity = AFFINITY_CROSS_CGROUP), "0-1");
	expect_cpus(&final.where.nodes, "0");
}

Test(work_rules, errors_name_the_work_and_its_cgroup)
{
	expect_error(&SPIN(.affinity = AFFINITY_EXACT("7")), "a", "0-3",
		"work spin_wait in cgroup 'a': affinity to CPUs 7", "cpuset");
}

Test(work_rules, a_plan_refuses_before_anything_runs)
{
	const struct ktstr_test test =
		TEST_OF(.steps = STEPS(STEP(
				HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_LLC(0),
						   .work = WORKS(WORK(spin_wait,
							   .affinity = AFFINITY_EXACT("4-5"))))))));
	expect_refused(&test, "work spin_wait in cgroup 'a': affinity to CPUs 4-5", "cpuset");
	const struct ktstr_test spawn =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.ops = OPS(OP(spawn, .in_runner = true,
					.work = WORKS(WORK(spin_wait, .workers_pct = 0.5)))))));
	expect_refused(&spawn,
		"step 0: op 0 (spawn): work spin_wait: workers_pct 0.5 in the cgroup",
		"set .workers");
}

Test(work_rules, an_error_names_the_kind_once)
{
	const struct ktstr_test test =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup, .name = "a"),
							OP(spawn, .cgroup = "a",
								.work = WORKS(WORK(spin_wait,
									.workers = 5000)))))));
	expect_refused(&test, "op 1 (spawn): work spin_wait: 5000 workers, above the limit",
		"at most 4096");
}

Test(work_rules, a_plan_sees_the_cpuset_of_that_moment)
{
	const struct ktstr_test test =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.ops = OPS(OP(add_cgroup, .name = "a"),
					OP(set_cpuset, .cgroup = "a", .cpus = CPUS_EXACT("0-2")),
					OP(spawn, .cgroup = "a",
						.work = WORKS(WORK(spin_wait, .workers_pct = 1))),
					OP(set_cpuset, .cgroup = "a", .cpus = CPUS_EXACT("0")),
					OP(spawn, .cgroup = "a",
						.work = WORKS(
							WORK(spin_wait, .workers_pct = 2)))))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&test);
	cr_expect_eq(plan->worker_count, 5);
	struct fake_env f;
	fake_env_init(&f);
	run_in(&f, &test);
	expect_lines(&f, "spawn",
		"spawn w1 'a' kind=spin_wait workers=3 group=0 phase=1\n"
		"spawn w2 'a' kind=spin_wait workers=2 group=1 phase=1\n");
	fake_env_done(&f);
}

Test(work_rules, threads_are_placed_one_by_one)
{
	const struct ktstr_test test =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(CGROUP(
					"a", .work = WORKS(WORK(spin_wait, .workers = 2,
								   .mode = KTSTR_MODE_THREADS),
						     WORK(spin_wait, .pcomm = "p")))))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&test);
	cr_expect(plan->controllers & KT_CONTROLLERS_THREADED);
	struct fake_env f;
	fake_env_init(&f);
	run_in(&f, &test);
	cr_expect_not_null(strstr(kt_str_get(&f.log), "100,101"), "%s", kt_str_get(&f.log));
	expect_lines(&f, "move", "move w2 a pids=200\n");
	fake_env_done(&f);
}

Test(work_rules, threads_exclude_knobs_of_controllers_that_keep_them_together)
{
	const struct ktstr_test test =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups =
					CGROUPS(CGROUP("a", .work = WORKS(WORK(spin_wait,
								    .mode = KTSTR_MODE_THREADS))),
						CGROUP("b", .memory = {.max = 1 << 26})))));
	expect_refused(&test, "a knob of the controller memory", ".pcomm");
	const struct ktstr_test fine =
		TEST_OF(.steps = STEPS(
				STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a",
							.cpuset = CPUS_LLC(0), .cpu_weight = 200,
							.work = WORKS(WORK(spin_wait,
								.mode = KTSTR_MODE_THREADS)))))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&fine);
	cr_expect_not_null(plan);
}
