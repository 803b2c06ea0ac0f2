// SPDX-License-Identifier: GPL-2.0-only
/* Deadlines as a function of the machine. */
#include <criterion/criterion.h>

#include "run/budget.h"

Test(budget, boot_time_grows_with_cpus)
{
	uint64_t one = kt_run_budget_of(1, 3000, 1000, 1, 0).boot_ms;
	uint64_t many = kt_run_budget_of(16, 3000, 1000, 1, 0).boot_ms;
	cr_assert_gt(many, one);
}

Test(budget, a_slower_accelerator_gets_proportionally_more)
{
	uint64_t fast = kt_run_budget_of(4, 3000, 1000, 1, 0).boot_ms;
	uint64_t slow = kt_run_budget_of(4, 300, 1000, 1, 0).boot_ms;
	cr_assert_eq(slow, fast * 10);
}

Test(budget, no_speed_makes_deadlines_endless)
{
	uint64_t slowest = kt_run_budget_of(1, 0.001, 1000, 1, 0).boot_ms;
	cr_assert_leq(slowest, 45u * 60 * 1000);
}

Test(budget, a_fast_machine_does_not_get_less_than_the_reference)
{
	cr_assert_eq(kt_run_budget_of(2, 9000, 1000, 1, 0).boot_ms,
		kt_run_budget_of(2, 3000, 1000, 1, 0).boot_ms);
}

Test(budget, an_unmeasured_speed_counts_as_slow)
{
	cr_assert_gt(kt_run_budget_of(2, 0, 1000, 1, 0).boot_ms,
		kt_run_budget_of(2, 3000, 1000, 1, 0).boot_ms);
}

Test(budget, the_scenario_gets_its_duration_and_more)
{
	cr_assert_gt(kt_run_budget_of(1, 3000, 60000, 1, 0).scenario_ms, 60000);
	cr_assert_gt(kt_run_budget_of(1, 3000, 60000, 100, 0).scenario_ms,
		kt_run_budget_of(1, 3000, 60000, 1, 0).scenario_ms);
}

Test(budget, the_users_limit_replaces_every_phase)
{
	struct kt_run_budget b = kt_run_budget_of(16, 100, 60000, 100, 1234);
	cr_assert_eq(b.boot_ms, 1234);
	cr_assert_eq(b.scenario_ms, 1234);
	cr_assert_eq(b.shutdown_ms, 1234);
}
