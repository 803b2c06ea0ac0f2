// SPDX-License-Identifier: GPL-2.0-only
/* Quantiles of a histogram are near those of the values, and those of a sum too. */
#include <criterion/criterion.h>
#include <string.h>

#include "work/histogram.h"

static struct kt_histogram a, b;

static void expect_near(const struct kt_histogram *h, double share, double want)
{
	double got = (double)kt_histogram_quantile(h, share);
	cr_expect(got >= want && got <= want * 1.02, "%g: %g, not %g", share, got, want);
}

Test(histogram, of_nothing_all_is_zero)
{
	cr_expect_eq(kt_histogram_quantile(&a, 0.5), 0);
	cr_expect_eq(kt_histogram_quantile(&a, 1), 0);
}

Test(histogram, small_times_are_exact)
{
	for (uint64_t ns = 0; ns < 60; ns++)
		kt_histogram_add(&a, ns);
	for (unsigned i = 1; i <= 60; i++)
		cr_expect_eq(kt_histogram_quantile(&a, i / 60.0 - 1e-9), i - 1);
}

Test(histogram, quantiles_are_right_to_two_percent)
{
	for (uint64_t ns = 1; ns <= 1000000; ns++)
		kt_histogram_add(&a, ns);
	expect_near(&a, 0.5, 500000);
	expect_near(&a, 0.99, 990000);
	cr_expect_eq(kt_histogram_quantile(&a, 1), 1000000);
}

Test(histogram, every_time_falls_into_the_bucket_that_ends_next)
{
	for (uint64_t ns = 1; ns < 1ull << 40; ns += ns / 3 + 1) {
		memset(&a, 0, sizeof(a));
		kt_histogram_add(&a, ns);
		a.max_ns = UINT64_MAX; /* so that the bucket's end is seen */
		expect_near(&a, 0.5, (double)ns);
	}
}

Test(histogram, what_is_beyond_counts_as_the_largest)
{
	kt_histogram_add(&a, UINT64_MAX);
	cr_expect_eq(a.buckets[KT_HISTOGRAM_BUCKETS - 1], 1);
	cr_expect_eq(kt_histogram_quantile(&a, 1), ((uint64_t)1 << 41) - 1);
	cr_expect_eq(a.max_ns, UINT64_MAX);
}

Test(histogram, a_sum_is_as_if_all_were_one)
{
	for (uint64_t ns = 1; ns <= 1000; ns++)
		kt_histogram_add(ns % 3 ? &a : &b, ns * 100);
	kt_histogram_merge(&a, &b);
	cr_expect_eq(a.count, 1000);
	expect_near(&a, 0.5, 50000);
	cr_expect_eq(kt_histogram_quantile(&a, 1), 100000);
}
