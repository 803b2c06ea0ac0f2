// SPDX-License-Identifier: GPL-2.0-only
/* Ops on the CPUs of cgroups and workers, and when workers are judged by them. */
#include "unit/scenario/scenario.h"

static struct fake_env f;

static void setup(void)
{
	fake_env_init(&f);
}

static void done(void)
{
	fake_env_done(&f);
}

TestSuite(op_cpuset, .init = setup, .fini = done);

#define JUDGED "cpuset allow pause"

/* Step 0 of the plan has "a" and "a/b", both with a worker, then these ops. */
#define WITH_NESTED(...)                                                                           \
	TEST_OF(.steps = STEPS(STEP(HOLD_FULL,                                                     \
			.ops = OPS(OP(add_cgroup, .name = "a"), OP(add_cgroup, .name = "a/b"),     \
				OP(add_cgroup, .name = "ab"), OP(spawn, .cgroup = "a"),            \
				OP(spawn, .cgroup = "a/b"), OP(spawn, .cgroup = "ab"),             \
				__VA_ARGS__))))

Test(op_cpuset, workers_in_and_below_the_cgroup_are_not_judged_while_it_changes)
{
	const struct ktstr_test t = WITH_NESTED(OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(0)));
	run_in(&f, &t);
	expect_lines(&f, JUDGED,
		"allow w1 any\nallow w2 any\nallow w3 any\n"
		"pause w1\npause w2\ncpuset a 0-3\nallow w1 0-3\nallow w2 0-3\n");
}

Test(op_cpuset, a_nested_cpuset_is_judged_within_the_one_around_it)
{
	const struct ktstr_test t =
		TEST_OF(.steps = STEPS(STEP(HOLD_FULL,
				.ops = OPS(OP(add_cgroup, .name = "a"),
					OP(add_cgroup, .name = "a/b"), OP(spawn, .cgroup = "a/b"),
					OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(0)),
					OP(set_cpuset, .cgroup = "a/b",
						.cpus = CPUS_EXACT("2-5"))))));
	run_in(&f, &t);
	expect_lines(&f, JUDGED,
		"allow w1 any\n"
		"pause w1\ncpuset a 0-3\nallow w1 0-3\n"
		"pause w1\ncpuset a/b 2-5\nallow w1 2-3\n");
}

Test(op_cpuset, clearing_ends_the_judging)
{
	const struct ktstr_test t = WITH_NESTED(OP(set_cpuset, .cgroup = "ab", .cpus = CPUS_LLC(0)),
		OP(clear_cpuset, .cgroup = "ab"));
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, JUDGED),
		"pause w3\ncpuset ab 0-3\nallow w3 0-3\npause w3\ncpuset ab -\nallow w3 any\n"));
}

Test(op_cpuset, a_write_that_fails_leaves_the_old_cpuset_in_force)
{
	const struct ktstr_test t = WITH_NESTED(OP(set_cpuset, .cgroup = "ab", .cpus = CPUS_LLC(0)),
		OP(set_cpuset, .cgroup = "ab", .cpus = CPUS_LLC(1)));
	f.fail_on = "cpuset ab 4-7";
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, JUDGED), "cpuset ab 4-7\nallow w3 0-3\n"));
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "op 7 (set_cpuset)"));
}

Test(op_cpuset, workers_that_come_later_are_judged_by_the_cpuset_of_their_cgroup)
{
	const struct ktstr_test t = WITH_NESTED(
		OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(0)), OP(spawn, .cgroup = "a/b"));
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, JUDGED), "allow w4 0-3\n"));
}

static const char *both_sides(const char *name)
{
	return !strcmp(name, "a") ? "0-1" : !strcmp(name, "ab") ? "2-3" : "";
}

Test(op_cpuset, swapping_reads_both_files_and_writes_them_crosswise)
{
	const struct ktstr_test t = WITH_NESTED(OP(swap_cpusets, .a = "a", .b = "ab"));
	f.cpusets = both_sides;
	run_in(&f, &t);
	expect_lines(&f, "read cpuset pause",
		"read cpuset a\nread cpuset ab\n"
		"pause w3\ncpuset ab 0-1\n"
		"pause w1\npause w2\ncpuset a 2-3\n");
}

Test(op_cpuset, a_swap_of_two_without_a_cpuset_is_worth_a_warning)
{
	const struct ktstr_test none = WITH_NESTED(OP(swap_cpusets, .a = "a", .b = "ab")),
				one = WITH_NESTED(
					OP(set_cpuset, .cgroup = "ab", .cpus = CPUS_LLC(1)),
					OP(swap_cpusets, .a = "a", .b = "ab"));
	run_in(&f, &one);
	expect_lines(&f, "note", "");
	run_in(&f, &none);
	cr_assert_not_null(strstr(fake_env_lines(&f, "note"),
		"neither cgroup 'a' nor cgroup 'ab' has a cpuset: exchanging their CPUs does "
		"nothing (fix: give one of them CPUs first"));
}

Test(op_cpuset, a_side_without_a_cpuset_is_not_copied)
{
	const struct ktstr_test t = WITH_NESTED(OP(swap_cpusets, .a = "a/b", .b = "ab"));
	f.cpusets = both_sides;
	run_in(&f, &t);
	expect_lines(&f, "cpuset fail", "cpuset a/b 2-3\n");
}

Test(op_cpuset, a_side_that_cannot_be_read_is_not_copied)
{
	const struct ktstr_test t = WITH_NESTED(OP(swap_cpusets, .a = "a", .b = "ab"));
	f.cpusets = both_sides;
	f.fail_on = "read cpuset ab";
	run_in(&f, &t);
	expect_lines(&f, "cpuset fail", "cpuset ab 0-1\n");
}

Test(op_cpuset, a_swap_that_is_refused_half_way_fails_the_step)
{
	const struct ktstr_test t = WITH_NESTED(OP(swap_cpusets, .a = "a", .b = "ab"));
	f.cpusets = both_sides;
	f.fail_on = "cpuset a 2-3";
	run_in(&f, &t);
	cr_assert_not_null(strstr(fake_env_lines(&f, "fail"), "op 6 (swap_cpusets): cpuset a 2-3"));
}

Test(op_cpuset, a_swap_names_two_known_cgroups)
{
	const struct ktstr_test same = WITH_NESTED(OP(swap_cpusets, .a = "a", .b = "a")),
				unknown = WITH_NESTED(OP(swap_cpusets, .a = "a", .b = "x")),
				other = WITH_NESTED(OP(swap_cpusets, .a = "x", .b = "a")),
				half = WITH_NESTED(OP(swap_cpusets, .a = "a"));
	expect_refused(&same, "'a' with itself", "two different cgroups");
	expect_refused(&unknown, "cgroup 'x' is not known", "make it first");
	expect_refused(&other, "cgroup 'x' is not known", "make it first");
	expect_refused(&half, "its field b of op swap_cpusets is not set", ".b");
}

Test(op_cpuset, the_plan_follows_a_swap)
{
	const struct ktstr_test t = WITH_NESTED(OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(0)),
		OP(set_cpuset, .cgroup = "ab", .cpus = CPUS_LLC(1)),
		OP(swap_cpusets, .a = "a", .b = "ab"),
		OP(set_cpuset, .cgroup = "a/b", .cpus = CPUS_LLC(0)));
	expect_refused(&t, "cgroup 'a/b' with CPUs 0-3 shares no CPU with cgroup 'a' with CPUs 4-7",
		"clear one of the cpusets");
}

Test(op_cpuset, an_affinity_is_given_to_every_group_of_the_cgroup)
{
	const struct ktstr_test t = WITH_NESTED(OP(spawn, .cgroup = "ab"),
		OP(set_cpuset, .cgroup = "ab", .cpus = CPUS_LLC(1)),
		OP(set_affinity, .cgroup = "ab", .affinity = AFFINITY_EXACT("5-6")),
		OP(set_affinity, .cgroup = "ab", .affinity = AFFINITY_RANDOM("3-7", 2)));
	run_in(&f, &t);
	expect_lines(&f, "affinity fail",
		"affinity w3 kind=1 count=0 seed=1 5-6\n"
		"affinity w4 kind=1 count=0 seed=1 5-6\n"
		"affinity w3 kind=2 count=2 seed=2 4-7\n"
		"affinity w4 kind=2 count=2 seed=2 4-7\n");
}

Test(op_cpuset, an_affinity_that_is_not_set_changes_nothing)
{
	const struct ktstr_test t = WITH_NESTED(OP(set_affinity, .cgroup = "a"));
	run_in(&f, &t);
	expect_lines(&f, "affinity fail", "");
}

Test(op_cpuset, workers_that_keep_their_cpus_are_noted)
{
	const struct ktstr_test t =
		WITH_NESTED(OP(set_affinity, .cgroup = "a", .affinity = AFFINITY_SINGLE));
	f.fail_on = "affinity w1";
	run_in(&f, &t);
	expect_lines(&f, "note fail",
		"note 1 op op 6 (set_affinity) of step 0: 1 worker of cgroup 'a' kept the CPUs "
		"from before: affinity w1 kind=1 count=0 seed=1 0: refused (fix: ask the fake not "
		"to "
		"fail)\n");
}

Test(op_cpuset, an_affinity_that_comes_out_empty_is_refused_by_the_plan)
{
	const struct ktstr_test outside =
		WITH_NESTED(OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(0)),
			OP(set_affinity, .cgroup = "a", .affinity = AFFINITY_RANDOM("4-7", 1)));
	const struct ktstr_test none =
		WITH_NESTED(OP(set_affinity, .cgroup = "a", .affinity = AFFINITY_RANDOM("4-7", 0)));
	const struct ktstr_test unknown =
		WITH_NESTED(OP(set_affinity, .cgroup = "x", .affinity = AFFINITY_SINGLE));
	expect_refused(&outside, "op 7 (set_affinity)", "");
	expect_refused(&none, "op 6 (set_affinity)", "");
	expect_refused(&unknown, "cgroup 'x' is not known", "make it first");
}

Test(op_cpuset, ops_on_cpus_need_the_controller)
{
	const struct ktstr_test t =
		WITH_NESTED(OP(set_affinity, .cgroup = "a", .affinity = AFFINITY_SINGLE));
	const struct ktstr_test swap = WITH_NESTED(OP(swap_cpusets, .a = "a", .b = "ab"));
	run_in(&f, &t);
	run_in(&f, &swap);
	expect_lines(&f, "setup", "setup cpuset\nsetup cpuset\n");
}
