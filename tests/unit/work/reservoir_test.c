// SPDX-License-Identifier: GPL-2.0-only
/* Quantiles, mean and deviation of latencies, exact while all are kept and fair beyond. */
#include <criterion/criterion.h>

#include "work/reservoir.h"

static struct kt_reservoir r;

static void set_up(void)
{
	kt_reservoir_init(&r, 77);
	cr_assert_not_null(r.samples);
}

static void tear_down(void)
{
	kt_reservoir_done(&r);
}

TestSuite(reservoir, .init = set_up, .fini = tear_down);

Test(reservoir, of_nothing_all_is_zero)
{
	struct kt_reservoir_sum sum = kt_reservoir_sum(&r);
	cr_expect(!sum.count && !sum.p50_ns && !sum.p99_ns && !sum.max_ns && !sum.mean_ns);
}

Test(reservoir, quantiles_of_few_samples_are_exact)
{
	for (uint64_t ns = 100; ns >= 1; ns--)
		kt_reservoir_add(&r, ns);
	struct kt_reservoir_sum sum = kt_reservoir_sum(&r);
	cr_expect_eq(sum.count, 100);
	cr_expect_eq(sum.p50_ns, 50);
	cr_expect_eq(sum.p99_ns, 99);
	cr_expect_eq(sum.max_ns, 100);
}

Test(reservoir, mean_and_deviation_are_of_all)
{
	const uint64_t ns[] = {2000, 4000, 4000, 4000, 5000, 5000, 7000, 9000};
	for (int i = 0; i < 8; i++)
		kt_reservoir_add(&r, ns[i]);
	struct kt_reservoir_sum sum = kt_reservoir_sum(&r);
	cr_expect_eq(sum.mean_ns, 5000);
	cr_expect_eq(sum.sd_ns, 2000);
}

Test(reservoir, beyond_its_room_it_stays_fair_and_repeatable)
{
	struct kt_reservoir_sum sums[2];
	for (int round = 0; round < 2; round++) {
		kt_reservoir_done(&r);
		kt_reservoir_init(&r, 77);
		for (uint64_t ns = 0; ns < 5 * KT_RESERVOIR_ROOM; ns++)
			kt_reservoir_add(&r, ns);
		sums[round] = kt_reservoir_sum(&r);
	}
	cr_expect_eq(sums[0].count, 5 * KT_RESERVOIR_ROOM);
	cr_expect_eq(sums[0].p50_ns, sums[1].p50_ns);
	cr_expect(sums[0].p50_ns > 240000 && sums[0].p50_ns < 260000, "median %lu",
		(unsigned long)sums[0].p50_ns);
	cr_expect_eq(sums[0].mean_ns, (5 * KT_RESERVOIR_ROOM) / 2);
}

Test(reservoir, select_finds_every_rank_with_equal_values_too)
{
	uint64_t one[] = {9};
	cr_expect_eq(kt_reservoir_select(one, 1, 0), 9);
	for (uint64_t rank = 0; rank < 8; rank++) {
		uint64_t values[] = {5, 1, 5, 3, 3, 8, 0, 5};
		const uint64_t sorted[] = {0, 1, 3, 3, 5, 5, 5, 8};
		cr_expect_eq(kt_reservoir_select(values, 8, rank), sorted[rank]);
	}
}

Test(reservoir, a_merge_is_as_if_all_had_gone_into_one)
{
	struct kt_reservoir other;
	kt_reservoir_init(&other, 78);
	for (uint64_t ns = 1; ns <= 1000; ns++)
		kt_reservoir_add(ns % 3 ? &r : &other, ns);
	kt_reservoir_merge(&r, &other);
	struct kt_reservoir_sum sum = kt_reservoir_sum(&r);
	cr_expect_eq(sum.count, 1000);
	cr_expect_eq(sum.p50_ns, 500);
	cr_expect_eq(sum.p99_ns, 990);
	cr_expect_eq(sum.max_ns, 1000);
	cr_expect_eq(sum.mean_ns, 501); /* 500.5 */
	cr_expect_eq(sum.sd_ns, 289);
	kt_reservoir_done(&other);
}

/* One has 100 times as many as the other: its share of what is kept is that, however it is merged. */
Test(reservoir, a_merge_beyond_the_room_is_fair)
{
	struct kt_reservoir few;
	kt_reservoir_init(&few, 78);
	for (unsigned i = 0; i < 99 * KT_RESERVOIR_ROOM / 10; i++)
		kt_reservoir_add(&r, 1);
	for (unsigned i = 0; i < KT_RESERVOIR_ROOM / 10; i++)
		kt_reservoir_add(&few, 2);
	kt_reservoir_merge(&few, &r);
	unsigned twos = 0;
	for (unsigned i = 0; i < KT_RESERVOIR_ROOM; i++)
		twos += few.samples[i] == 2;
	cr_expect(twos > 800 && twos < 1200, "%u, not 1000", twos);
	cr_expect_eq(few.count, 10 * KT_RESERVOIR_ROOM);
	kt_reservoir_done(&few);
}

Test(reservoir, merging_nothing_changes_nothing)
{
	struct kt_reservoir none = {0};
	kt_reservoir_add(&r, 7);
	kt_reservoir_merge(&r, &none);
	struct kt_reservoir_sum sum = kt_reservoir_sum(&r);
	cr_expect(sum.count == 1 && sum.p50_ns == 7 && sum.mean_ns == 7);
}
