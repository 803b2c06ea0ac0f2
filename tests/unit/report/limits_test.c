// SPDX-License-Identifier: GPL-2.0-only
/* The merge of the layers of limits. */
#include "report/limits.h"

#include <criterion/criterion.h>

static struct kt_limits l;

static void merge(struct ktstr_checks scheduler, struct ktstr_checks test, double slowness)
{
	const struct ktstr_test t = {.name = "t", .scheduler_checks = &scheduler, .checks = test};

	kt_limits_merge(&t, slowness, &l);
}

#define LIMIT(name) (&l.of[KT_CHECK_##name])
#define NONE	    ((struct ktstr_checks){0})

Test(limits, nothing_is_on_unless_a_layer_sets_it)
{
	merge(NONE, NONE, 1);
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++) {
		cr_assert_not(l.of[i].on);
		cr_assert_eq(l.of[i].layer, KT_LIMIT_UNSET);
	}
}

Test(limits, a_test_without_a_scheduler_layer_has_its_own_only)
{
	const struct ktstr_test t = {.name = "t", .checks = {.max_gap_ms = 500}};

	kt_limits_merge(&t, 0, &l);
	cr_assert(LIMIT(max_gap_ms)->on);
	cr_assert_eq(LIMIT(max_gap_ms)->value, 500);
	cr_assert_eq(LIMIT(max_gap_ms)->layer, KT_LIMIT_TEST);
}

Test(limits, not_starved_implies_gap_and_spread_at_their_defaults)
{
	merge(NONE, (struct ktstr_checks){.not_starved = true}, 1);
	cr_assert(LIMIT(max_gap_ms)->on);
	cr_assert_eq(LIMIT(max_gap_ms)->value, 2000);
	cr_assert_eq(LIMIT(max_gap_ms)->layer, KT_LIMIT_DEFAULT);
	cr_assert_eq(LIMIT(max_spread_pct)->value, 15);
	cr_assert_not(LIMIT(isolation)->on);
}

Test(limits, the_defaults_are_wider_on_a_kernel_full_of_checks)
{
	merge(NONE, (struct ktstr_checks){.not_starved = true}, KT_LIMITS_DEBUG_SLOWNESS);
	cr_assert_eq(LIMIT(max_gap_ms)->value, 3000);
	cr_assert_eq(LIMIT(max_spread_pct)->value, 35);
}

Test(limits, a_limit_that_is_set_is_the_same_on_every_kernel)
{
	merge(NONE, (struct ktstr_checks){.not_starved = true, .max_gap_ms = 100}, 8);
	cr_assert_eq(LIMIT(max_gap_ms)->value, 100);
}

Test(limits, the_last_layer_that_sets_a_field_wins_field_by_field)
{
	merge((struct ktstr_checks){.not_starved = true, .max_gap_ms = 800, .min_work_rate = 5},
		(struct ktstr_checks){.max_gap_ms = 900}, 1);
	cr_assert_eq(LIMIT(max_gap_ms)->value, 900);
	cr_assert_eq(LIMIT(max_gap_ms)->layer, KT_LIMIT_TEST);
	cr_assert_eq(LIMIT(min_work_rate)->value, 5);
	cr_assert_eq(LIMIT(min_work_rate)->layer, KT_LIMIT_SCHEDULER);
	cr_assert_eq(LIMIT(not_starved)->layer, KT_LIMIT_SCHEDULER);
	cr_assert_eq(LIMIT(max_spread_pct)->layer, KT_LIMIT_DEFAULT);
}

Test(limits, a_test_switches_off_what_the_scheduler_set)
{
	merge((struct ktstr_checks){.isolation = true, .max_gap_ms = 800},
		(struct ktstr_checks){.isolation = KTSTR_LIMIT_OFF}, 1);
	cr_assert_not(LIMIT(isolation)->on);
	cr_assert_eq(LIMIT(isolation)->layer, KT_LIMIT_TEST);
	cr_assert(LIMIT(max_gap_ms)->on);
}

Test(limits, what_is_off_is_not_implied_and_implies_nothing)
{
	merge(NONE, (struct ktstr_checks){.not_starved = true, .max_spread_pct = KTSTR_LIMIT_OFF},
		1);
	cr_assert(LIMIT(max_gap_ms)->on);
	cr_assert_not(LIMIT(max_spread_pct)->on);
	merge((struct ktstr_checks){.not_starved = true},
		(struct ktstr_checks){.not_starved = KTSTR_LIMIT_OFF}, 1);
	cr_assert_not(LIMIT(max_gap_ms)->on);
}

Test(limits, a_test_sets_again_what_the_scheduler_switched_off)
{
	merge((struct ktstr_checks){.max_gap_ms = KTSTR_LIMIT_OFF},
		(struct ktstr_checks){.max_gap_ms = 10}, 1);
	cr_assert(LIMIT(max_gap_ms)->on);
	cr_assert_eq(LIMIT(max_gap_ms)->value, 10);
}

Test(limits, an_explicit_zero_is_a_limit)
{
	merge((struct ktstr_checks){.max_migrations = 7},
		(struct ktstr_checks){.max_migrations = KTSTR_LIMIT_ZERO}, 1);
	cr_assert(LIMIT(max_migrations)->on);
	cr_assert_eq(LIMIT(max_migrations)->value, 0);
}

Test(limits, every_row_has_what_help_prints)
{
	for (unsigned i = 0; i < KT_CHECK_COUNT; i++) {
		const struct kt_check_info *row = kt_check_info((enum kt_check_id)i);

		cr_assert(row->sentence[0] && row->rule[0] && row->unit, "%s", row->name);
		cr_assert_eq(row->is_least, !strncmp(row->name, "min_", 4), "%s", row->name);
		cr_assert(row->debug >= row->limit, "%s", row->name);
	}
}
