// SPDX-License-Identifier: GPL-2.0-only
/* Deadlines as a function of the machine. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "run/budget.h"

Test(budget, boot_time_grows_with_cpus)
{
	uint64_t one = kt_run_budget_of(1, 3000, 1, 1000, 1, 0).boot_ms;
	uint64_t many = kt_run_budget_of(16, 3000, 1, 1000, 1, 0).boot_ms;
	cr_assert_gt(many, one);
}

Test(budget, a_slower_accelerator_gets_proportionally_more)
{
	uint64_t fast = kt_run_budget_of(4, 3000, 1, 1000, 1, 0).boot_ms;
	uint64_t slow = kt_run_budget_of(4, 300, 1, 1000, 1, 0).boot_ms;
	cr_assert_eq(slow, fast * 10);
}

Test(budget, no_speed_makes_deadlines_endless)
{
	uint64_t slowest = kt_run_budget_of(1, 0.001, 1, 1000, 1, 0).boot_ms;
	cr_assert_leq(slowest, 45u * 60 * 1000);
}

Test(budget, a_fast_machine_does_not_get_less_than_the_reference)
{
	cr_assert_eq(kt_run_budget_of(2, 9000, 1, 1000, 1, 0).boot_ms,
		kt_run_budget_of(2, 3000, 1, 1000, 1, 0).boot_ms);
}

Test(budget, an_unmeasured_speed_counts_as_slow)
{
	cr_assert_gt(kt_run_budget_of(2, 0, 1, 1000, 1, 0).boot_ms,
		kt_run_budget_of(2, 3000, 1, 1000, 1, 0).boot_ms);
}

Test(budget, the_scenario_gets_its_duration_and_more)
{
	cr_assert_gt(kt_run_budget_of(1, 3000, 1, 60000, 1, 0).scenario_ms, 60000);
	cr_assert_gt(kt_run_budget_of(1, 3000, 1, 60000, 100, 0).scenario_ms,
		kt_run_budget_of(1, 3000, 1, 60000, 1, 0).scenario_ms);
}

Test(budget, the_guests_limit_is_between_the_duration_and_the_hosts_limit)
{
	struct kt_run_budget b = kt_run_budget_of(4, 750, 1, 12000, 8, 0);
	cr_assert_geq(b.guest_ms, 12000 + 5000 * 4);
	cr_assert_lt(b.guest_ms, b.scenario_ms);
	cr_assert_lt(kt_run_budget_of(4, 750, 1, 12000, 8, 30000).guest_ms, 30000);
}

Test(budget, the_users_limit_is_one_deadline_for_all_stages)
{
	struct kt_run_budget b = kt_run_budget_of(16, 100, 1, 60000, 100, 1234);
	uint64_t first = kt_run_budget_deadline_ns(&b, KT_STAGE_BOOT, 1000, 0);
	cr_assert_eq(first, 1000 + 1234 * KT_NS_PER_MS);
	for (enum kt_outcome_stage s = KT_STAGE_BOOT; s < KT_STAGE_COUNT; s++)
		cr_assert_eq(kt_run_budget_deadline_ns(&b, s, 500 * KT_NS_PER_MS, first), first);
}

Test(budget, hello_gives_no_more_time_to_boot)
{
	struct kt_run_budget b = kt_run_budget_of(2, 3000, 1, 1000, 1, 0);
	uint64_t boot = kt_run_budget_deadline_ns(&b, KT_STAGE_BOOT, 1000, 0);
	cr_assert_eq(boot, 1000 + b.boot_ms * KT_NS_PER_MS);
	cr_assert_eq(kt_run_budget_deadline_ns(&b, KT_STAGE_READY, 9000, boot), boot);
}

Test(budget, scenario_and_shutdown_have_limits_of_their_own)
{
	struct kt_run_budget b = kt_run_budget_of(2, 3000, 1, 1000, 1, 0);
	cr_assert_eq(kt_run_budget_deadline_ns(&b, KT_STAGE_SCENARIO, 7000, 9000),
		7000 + b.scenario_ms * KT_NS_PER_MS);
	cr_assert_eq(kt_run_budget_deadline_ns(&b, KT_STAGE_SHUTDOWN, 7000, 9000),
		7000 + b.shutdown_ms * KT_NS_PER_MS);
}

Test(budget, a_slower_kernel_gets_proportionally_more_but_not_for_its_duration)
{
	struct kt_run_budget plain = kt_run_budget_of(4, 3000, 1, 1000, 1, 0);
	struct kt_run_budget checked = kt_run_budget_of(4, 3000, 3, 1000, 1, 0);
	cr_assert_eq(checked.boot_ms, plain.boot_ms * 3);
	cr_assert_eq(checked.shutdown_ms, plain.shutdown_ms * 3);
	cr_assert_eq(checked.scenario_ms - 1000, (plain.scenario_ms - 1000) * 3);
	cr_assert_gt(checked.guest_ms, plain.guest_ms);
}

Test(budget, no_kernel_counts_as_faster_than_the_default_one)
{
	uint64_t plain = kt_run_budget_of(4, 3000, 1, 1000, 1, 0).boot_ms;
	cr_assert_eq(kt_run_budget_of(4, 3000, 0, 1000, 1, 0).boot_ms, plain);
	cr_assert_eq(kt_run_budget_of(4, 3000, 0.5, 1000, 1, 0).boot_ms, plain);
}

Test(budget, slow_kernels_on_slow_machines_still_end)
{
	cr_assert_leq(kt_run_budget_of(1, 0.001, 1000, 1000, 1, 0).boot_ms, 15u * 60 * 1000);
}

Test(budget, the_users_limit_does_not_depend_on_the_kernel)
{
	cr_assert_eq(kt_run_budget_of(4, 300, 8, 1000, 1, 5000).whole_ms, 5000);
}
