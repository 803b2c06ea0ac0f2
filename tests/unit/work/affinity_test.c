// SPDX-License-Identifier: GPL-2.0-only
/* Which CPUs each worker of a group gets. */
#include <criterion/criterion.h>

#include "base/mem.h"
#include "work/affinity.h"

static void expect_cpus(const struct kt_affinity *a, unsigned index, const char *list)
{
	struct kt_cpus cpus;
	cr_assert(kt_affinity_of(a, 1, index, &cpus));
	KT_AUTOFREE char *text = kt_cpus_text(&cpus);
	cr_expect_str_eq(text, list, "worker %u", index);
}

Test(affinity, none_leaves_the_worker_alone)
{
	struct kt_affinity a = {0};
	struct kt_cpus cpus;
	cr_expect_not(kt_affinity_of(&a, 1, 0, &cpus));
}

Test(affinity, all_is_the_same_for_each)
{
	struct kt_affinity a = {.kind = KT_AFFINITY_ALL, .cpus = kt_cpus_range(2, 4)};
	expect_cpus(&a, 0, "2-4");
	expect_cpus(&a, 7, "2-4");
}

Test(affinity, llcs_take_turns_among_those_that_have_cpus)
{
	struct kt_topo topo = {.nodes = 1, .llcs = 5, .cores = 4, .threads = 1};
	struct kt_affinity a = {
		.kind = KT_AFFINITY_LLCS, .cpus = kt_cpus_range(2, 5), .topo = &topo};
	kt_cpus_add(&a.cpus, 13);
	expect_cpus(&a, 0, "2-3");
	expect_cpus(&a, 1, "4-5");
	expect_cpus(&a, 2, "13");
	expect_cpus(&a, 3, "2-3");
	expect_cpus(&a, 5, "13");
}

Test(affinity, a_draw_has_as_many_cpus_as_asked_and_only_of_the_pool)
{
	struct kt_affinity a = {
		.kind = KT_AFFINITY_RANDOM, .cpus = kt_cpus_range(8, 15), .count = 3};
	for (uint64_t seed = 1; seed < 200; seed++) {
		struct kt_cpus cpus;
		cr_assert(kt_affinity_of(&a, seed, 0, &cpus));
		cr_assert_eq(kt_cpus_count(&cpus), 3);
		cr_assert(kt_cpus_subset(&cpus, &a.cpus));
	}
}

Test(affinity, a_count_beyond_the_pool_is_the_pool)
{
	struct kt_affinity a = {
		.kind = KT_AFFINITY_RANDOM, .cpus = kt_cpus_range(0, 1), .count = 9};
	expect_cpus(&a, 0, "0-1");
}

Test(affinity, draws_differ_by_seed_and_repeat_with_it)
{
	struct kt_affinity a = {
		.kind = KT_AFFINITY_RANDOM, .cpus = kt_cpus_range(0, 7), .count = 1};
	struct kt_cpus drawn[3], all = {0};
	for (uint64_t seed = 1; seed < 100; seed++) {
		cr_assert(kt_affinity_of(&a, seed, 0, &drawn[0]));
		cr_assert(kt_affinity_of(&a, seed, 5, &drawn[1]));
		cr_assert(kt_cpus_equal(&drawn[0], &drawn[1]));
		for (unsigned cpu = 0; cpu < 8; cpu++)
			if (kt_cpus_has(&drawn[0], cpu))
				kt_cpus_add(&all, cpu);
	}
	cr_expect_eq(kt_cpus_count(&all), 8, "in 100 draws of 8 each came once");
}
