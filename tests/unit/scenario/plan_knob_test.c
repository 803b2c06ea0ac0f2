// SPDX-License-Identifier: GPL-2.0-only
/* Knobs of a cgroup: what the plan writes for them, in which order, and what it refuses. */
#include <criterion/criterion.h>

#include "base/str.h"
#include "unit/scenario/scenario.h"

#define BIT(c)	KT_CONTROLLER_BIT(KT_CONTROLLER_##c)
#define MARK(k) KT_KNOB_BIT(KT_KNOB_##k)

/* Two nodes. */
static const struct kt_topo topo = {.nodes = 2, .llcs = 2, .cores = 2, .threads = 1};

static struct kt_plan_cgroup resolve(const struct ktstr_cgroup *cgroup)
{
	struct kt_plan_cgroup out = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_plan_resolve_cgroup(&topo, cgroup, &out, &err), 0, "%s", err.text);
	return out;
}

/* All writes of CGROUP as "FILE=VALUE FILE=VALUE". */
static void expect_writes(const struct ktstr_cgroup *cgroup, const char *expected)
{
	const struct kt_plan_cgroup out = resolve(cgroup);
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	for (size_t i = 0; i < out.write_count; i++)
		kt_str_addf(
			&text, "%s%s=%s", i ? " " : "", out.writes[i].file, out.writes[i].value);
	cr_assert_str_eq(kt_str_get(&text), expected);
}

static void expect_no(const struct ktstr_cgroup *cgroup, const char *text, const char *fix)
{
	struct kt_plan_cgroup out;
	struct kt_err err = {0};
	cr_assert_eq(kt_plan_resolve_cgroup(&topo, cgroup, &out, &err), -EINVAL, "%s", text);
	cr_assert_not_null(strstr(err.text, "cgroup 'a': knob "), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

#define WRITES(expected, ...)                                                                      \
	do {                                                                                       \
		const struct ktstr_cgroup cgroup_ = CGROUP("a", __VA_ARGS__);                      \
		expect_writes(&cgroup_, expected);                                                 \
	} while (0)
#define REFUSED(text, fix, ...)                                                                    \
	do {                                                                                       \
		const struct ktstr_cgroup cgroup_ = CGROUP("a", __VA_ARGS__);                      \
		expect_no(&cgroup_, text, fix);                                                    \
	} while (0)

Test(plan_knob, a_cgroup_without_knobs_writes_nothing_and_needs_nothing)
{
	const struct ktstr_cgroup cgroup = CGROUP("a");
	const struct kt_plan_cgroup out = resolve(&cgroup);
	cr_assert_eq(out.write_count, 0);
	cr_assert_eq(out.knob_mask, 0);
	cr_assert_eq(out.controllers, 0);
}

Test(plan_knob, all_knobs_are_written_in_the_order_mems_cpu_memory_io_pids)
{
	const struct ktstr_cgroup cgroup = CGROUP("a", .pids_max = 16, .io_weight = 50,
		.cpu_weight = 200,
		.memory = {.swap_max = NOTHING, .low = MIB(16), .high = MIB(48), .max = MIB(64)},
		.cpu = CPU_QUOTA_PCT(150), .mems = "0-1", .cpuset = CPUS_LLC(0));
	expect_writes(&cgroup,
		"cpuset.mems=0-1 cpu.max=150000 100000 cpu.weight=200 memory.max=67108864 "
		"memory.high=50331648 memory.low=16777216 memory.swap.max=0 io.weight=50 "
		"pids.max=16");
	const struct kt_plan_cgroup out = resolve(&cgroup);
	cr_assert(out.confined);
	cr_assert_eq(out.controllers, BIT(cpuset) | BIT(cpu) | BIT(memory) | BIT(io) | BIT(pids));
	cr_assert_eq(out.knob_mask, MARK(cpuset) | MARK(mems) | MARK(cpu) | MARK(cpu_weight) |
					    MARK(memory_max) | MARK(memory_high) |
					    MARK(memory_low) | MARK(memory_swap_max) |
					    MARK(io_weight) | MARK(pids_max));
}

Test(plan_knob, each_knob_needs_only_its_own_controller)
{
	static const struct ktstr_cgroup cgroups[] = {CGROUP("a", .cpuset = CPUS_LLC(0)),
		CGROUP("a", .mems = "0"), CGROUP("a", .cpu = CPU_UNLIMITED),
		CGROUP("a", .cpu_weight = 1), CGROUP("a", .memory = {.low = MIB(1)}),
		CGROUP("a", .memory = {.swap_max = UNLIMITED}), CGROUP("a", .io_weight = 10000),
		CGROUP("a", .pids_max = UNLIMITED)};
	static const unsigned needs[] = {BIT(cpuset), BIT(cpuset), BIT(cpu), BIT(cpu), BIT(memory),
		BIT(memory), BIT(io), BIT(pids)};
	for (size_t i = 0; i < KT_ARRAY_LEN(needs); i++) {
		const struct kt_plan_cgroup out = resolve(&cgroups[i]);
		cr_assert_eq(out.controllers, needs[i], "cgroup %zu", i);
		cr_assert_eq(__builtin_popcountll(out.knob_mask), 1, "cgroup %zu", i);
	}
}

Test(plan_knob, a_quota_in_percent_is_of_one_cpu_and_may_be_several)
{
	WRITES("cpu.max=50000 100000", .cpu = {.quota_pct = 50});
	WRITES("cpu.max=250000 100000", .cpu = CPU_QUOTA_PCT(250));
	WRITES("cpu.max=5000 20000", .cpu = {.quota_pct = 25, .period_us = 20000});
}

Test(plan_knob, a_quota_in_time_may_exceed_its_period)
{
	WRITES("cpu.max=30000 10000", .cpu = CPU_QUOTA(30000, 10000));
	WRITES("cpu.max=1000 100000", .cpu = {.quota_us = 1000});
}

Test(plan_knob, an_unlimited_quota_still_writes_the_period)
{
	WRITES("cpu.max=max 100000", .cpu = CPU_UNLIMITED);
	WRITES("cpu.max=max 5000", .cpu = {.quota_us = UNLIMITED, .period_us = 5000});
}

Test(plan_knob, quotas_and_periods_the_kernel_refuses_are_refused)
{
	REFUSED("a quota of 0 us", "at least 1000 us", .cpu = {.quota_us = NOTHING});
	REFUSED("a quota of 999 us", "at least 1000 us", .cpu = {.quota_us = 999});
	REFUSED("a quota of 10 us", "longer period", .cpu = {.quota_pct = 1, .period_us = 1000});
	REFUSED("a period of 0 us", "1000..1000000",
		.cpu = {.quota_us = 5000, .period_us = NOTHING});
	REFUSED("a period of 999 us", "1000..1000000", .cpu = {.quota_us = 5000, .period_us = 999});
	REFUSED("a period of 1000001 us", "1000..1000000",
		.cpu = {.quota_pct = 50, .period_us = 1000001});
	REFUSED("a period of 50000 us without a quota", "quota_us", .cpu = {.period_us = 50000});
	REFUSED("given twice", "leave one", .cpu = {.quota_pct = 50, .quota_us = 5000});
	REFUSED("a quota of 17592186044416 us", "KTSTR_CPU_UNLIMITED",
		.cpu = {.quota_us = UINT64_C(1) << 44});
}

Test(plan_knob, weights_are_1_to_10000)
{
	WRITES("cpu.weight=1 io.weight=10000", .cpu_weight = 1, .io_weight = 10000);
	REFUSED("knob cpu_weight: the kernel does not take 10001 for cpu.weight", "use 1..10000",
		.cpu_weight = 10001);
	REFUSED("knob io_weight: the kernel does not take 10001 for io.weight", "use 1..10000",
		.io_weight = 10001);
}

Test(plan_knob, one_memory_knob_writes_max_high_and_low)
{
	WRITES("memory.max=67108864 memory.high=max memory.low=0", .memory = {.max = MIB(64)});
	WRITES("memory.max=max memory.high=4096 memory.low=0", .memory = {.high = 4096});
	WRITES("memory.max=max memory.high=max memory.low=1048576", .memory = {.low = KIB(1024)});
	WRITES("memory.max=max memory.high=max memory.low=0", .memory = {.max = UNLIMITED});
}

Test(plan_knob, swap_is_written_only_when_asked_and_then_last)
{
	WRITES("memory.max=max memory.high=max memory.low=0 memory.swap.max=0",
		.memory = {.swap_max = NOTHING});
	WRITES("memory.max=1048576 memory.high=max memory.low=0 memory.swap.max=max",
		.memory = {.max = MIB(1), .swap_max = UNLIMITED});
}

Test(plan_knob, less_than_a_page_is_taken_for_a_mistake)
{
	REFUSED("knob memory_max: the kernel does not take 64 bytes", "at least 4096 bytes",
		.memory = {.max = 64});
	REFUSED("knob memory_swap_max", "at least 4096", .memory = {.swap_max = 1});
}

Test(plan_knob, pids_are_counted_from_1)
{
	WRITES("pids.max=1", .pids_max = 1);
	WRITES("pids.max=max", .pids_max = UNLIMITED);
	REFUSED("knob pids_max: the kernel does not take 0 tasks for pids.max", "use 1..4194304",
		.pids_max = NOTHING);
	REFUSED("4194305", "use 1..4194304", .pids_max = 4194305);
}

Test(plan_knob, memory_nodes_must_exist)
{
	WRITES("cpuset.mems=1", .mems = "1");
	REFUSED("knob mems: topology 2n2l2c1t has no node 2", "use nodes 0..1", .mems = "0-2");
	REFUSED("the list of nodes is empty", "at least one node", .mems = "");
	REFUSED("knob mems: 'x'", "list nodes as in", .mems = "x");
}

Test(plan_knob, defaults_of_works_are_in_the_kernels_ranges)
{
	REFUSED("knob nice: 20 is out of range", "KTSTR_SET(-20) to KTSTR_SET(19)",
		.nice = SET(20));
	REFUSED("knob uid: -1 is out of range", "KTSTR_SET(0)", .uid = SET(-1));
	REFUSED("knob gid: 4294967295 is out of range", "4294967294", .gid = SET(0xffffffff));
	REFUSED("knob numa_node: 2 is out of range", "KTSTR_SET(1)", .numa_node = SET(2));
	REFUSED("knob comm: 'sixteen-bytes-xx' has 16 bytes", "1 to 15",
		.comm = "sixteen-bytes-xx");
	REFUSED("knob pcomm: '' has 0 bytes", "1 to 15", .pcomm = "");
}

Test(plan_knob, what_is_no_file_is_marked_too)
{
	const struct ktstr_cgroup cgroup = CGROUP("a", .nice = SET(0), .comm = "c", .uid = SET(0),
		.gid = SET(0), .numa_node = SET(0), .pcomm = "p", .swappable = true,
		.work = WORKS(WORK(spin_wait)));
	const struct kt_plan_cgroup out = resolve(&cgroup);
	cr_assert_eq(out.knob_mask, MARK(nice) | MARK(comm) | MARK(uid) | MARK(gid) |
					    MARK(numa_node) | MARK(pcomm) | MARK(swappable) |
					    MARK(work));
	cr_assert_eq(out.write_count, 0);
	cr_assert_eq(out.controllers, 0);
}

Test(plan_knob, the_controllers_of_a_plan_are_those_of_its_cgroups_and_ops_together)
{
	static const struct ktstr_cgroup by_op = CGROUP("b", .pids_max = 9);
	const struct ktstr_test t = TEST_OF(.backdrop = {.cgroups = CGROUPS(
								 CGROUP("z", .io_weight = 5))},
		.steps = STEPS(STEP(HOLD_FULL, .ops = OPS(OP(add_cgroup_def, .def = &by_op))),
			STEP(HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpu_weight = 5)))));
	KT_AUTO(kt_plan_free) struct kt_plan *plan = plan_of(&t);
	cr_assert_eq(plan->controllers, BIT(cpu) | BIT(io) | BIT(pids));
}

Test(plan_knob, knobs_are_applied_after_the_cpuset_and_before_the_workers)
{
	struct fake_env f;
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(
				HOLD_FULL, .cgroups = CGROUPS(CGROUP("a", .cpuset = CPUS_EXACT("1"),
						   .mems = "0", .pids_max = 9, .cpu_weight = 7,
						   .work = WORKS(WORK(spin_wait)))))));
	fake_env_init(&f);
	run_in(&f, &t);
	expect_lines(&f, "setup add cpuset write spawn",
		"setup cpuset cpu pids\nadd a\ncpuset a 1\nwrite a cpuset.mems 0\n"
		"write a cpu.weight 7\nwrite a pids.max 9\n"
		"spawn w1 'a' kind=spin_wait workers=1 group=0 phase=1\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "stimulus"), "knobs=0x2020b"), "%s",
		fake_env_lines(&f, "stimulus"));
	fake_env_done(&f);
}

Test(plan_knob, a_refused_write_fails_the_step_and_takes_down_what_there_is)
{
	struct fake_env f;
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(CGROUP("a", .cpu_weight = 7, .pids_max = 9)))));
	fake_env_init(&f);
	f.fail_on = "write a pids.max";
	run_in(&f, &t);
	expect_lines(&f, "add write spawn hold remove",
		"add a\nwrite a cpu.weight 7\nwrite a pids.max 9\nremove a\n");
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "write a pids.max 9: refused"));
	fake_env_done(&f);
}

Test(plan_knob, workers_beside_nested_cgroups_with_knobs_are_refused)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.cgroups = CGROUPS(CGROUP("a"), CGROUP("a/b", .cpu_weight = 5)))));
	expect_refused(&t, "cgroup 'a' and cgroup 'a/b' nested in it", "'a/own'");
}
