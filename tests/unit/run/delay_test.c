// SPDX-License-Identifier: GPL-2.0-only
/* The arithmetic of host delays; the readings themselves need a machine. */
#include <criterion/criterion.h>

#include "run/delay.h"

Test(delay, the_largest_step_of_any_thread_counts)
{
	uint64_t last[3] = {100, 200, 300};
	uint64_t now[3] = {150, 290, 300};
	cr_assert_eq(kt_run_delay_advance(last, now, 3), 90);
	cr_assert_eq(last[0], 150);
	cr_assert_eq(last[1], 290);
	cr_assert_eq(last[2], 300);
}

Test(delay, a_thread_that_ended_keeps_what_it_had)
{
	uint64_t last[2] = {5000, 10};
	uint64_t now[2] = {0, 30};
	cr_assert_eq(kt_run_delay_advance(last, now, 2), 20);
	cr_assert_eq(last[0], 5000);
	cr_assert_eq(kt_run_delay_advance(last, now, 2), 0);
}

Test(delay, short_scenarios_are_sampled_every_100_ms)
{
	cr_assert_eq(kt_run_delay_interval_ms(0), 100);
	cr_assert_eq(kt_run_delay_interval_ms(12000), 100);
}

Test(delay, a_day_has_no_more_samples_than_an_hour_may_have)
{
	uint64_t day_ms = 24ull * 3600 * 1000;
	cr_assert_leq(day_ms / kt_run_delay_interval_ms(day_ms), 20000);
	cr_assert_leq(3600000 / kt_run_delay_interval_ms(3600000), 20000);
}
