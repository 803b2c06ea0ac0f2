// SPDX-License-Identifier: GPL-2.0-only
/* set_cpuset and clear_cpuset, and when workers are judged by them. */
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
