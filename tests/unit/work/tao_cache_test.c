// SPDX-License-Identifier: GPL-2.0-only
/* The cache of taobench: the oldest goes first, sizes are drawn, the share of hits comes out. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "work/tao_cache.h"

static struct kt_tao_cache cache;
static void *memory;

static void make(unsigned mib, unsigned hit_pct)
{
	memory = calloc(1, kt_tao_cache_bytes(mib, hit_pct));
	cr_assert_not_null(memory);
	kt_tao_cache_init(&cache, memory, mib, hit_pct);
}

static uint64_t state = 88172645463325252;

static uint64_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

Test(tao_cache, what_was_put_is_found_and_nothing_else)
{
	make(1, 50);
	kt_tao_cache_put(&cache, 7, 0);
	cr_expect(kt_tao_cache_get(&cache, 7));
	cr_expect_not(kt_tao_cache_get(&cache, 8));
	cr_expect_not(kt_tao_cache_get(&cache, 7 + KT_TAO_SHARDS));
	free(memory);
}

Test(tao_cache, the_oldest_goes_first)
{
	make(1, 10);
	uint64_t last = 0;
	kt_tao_cache_put(&cache, 0, 999); /* the largest size */
	while (kt_tao_cache_get(&cache, 0))
		kt_tao_cache_put(&cache, last += KT_TAO_SHARDS, 999);
	cr_expect_eq(last / KT_TAO_SHARDS, 3, "three of 16 KiB and their headers fit into 64 KiB");
	for (uint64_t key = KT_TAO_SHARDS; key <= last; key += KT_TAO_SHARDS)
		cr_expect(kt_tao_cache_get(&cache, key), "key %lu is gone", (unsigned long)key);
	free(memory);
}

Test(tao_cache, a_key_that_is_there_is_not_written_again)
{
	make(1, 50);
	kt_tao_cache_put(&cache, 3, 0);
	uint64_t head = cache.shards[3].head;
	kt_tao_cache_put(&cache, 3, 0);
	cr_expect_eq(cache.shards[3].head, head);
	free(memory);
}

Test(tao_cache, sizes_are_mostly_small_and_sometimes_large)
{
	unsigned small = 0, large = 0;
	for (uint64_t i = 0; i < 1000; i++) {
		unsigned bytes = kt_tao_cache_size(i);
		small += bytes <= 256;
		large += bytes >= 4096;
		cr_expect_eq(bytes % 16, 0);
	}
	cr_expect_eq(small, 870);
	cr_expect_eq(large, 20);
}

/* Uniform keys, each miss filled in, as taobench does it. */
static double hit_ratio(unsigned mib, unsigned hit_pct)
{
	unsigned hits = 0, tries = 200000;
	make(mib, hit_pct);
	for (uint64_t key = 0; key < cache.keys; key++)
		kt_tao_cache_put(&cache, key, random_number());
	for (unsigned i = 0; i < tries; i++) {
		uint64_t key = random_number() % cache.keys;
		if (kt_tao_cache_get(&cache, key))
			hits++;
		else
			kt_tao_cache_put(&cache, key, random_number());
	}
	free(memory);
	return 100.0 * hits / tries;
}

Test(tao_cache, the_wanted_share_hits)
{
	static const unsigned wanted[] = {10, 50, 90, 99};
	for (int i = 0; i < 4; i++) {
		double got = hit_ratio(16, wanted[i]);
		cr_expect(got > wanted[i] - 5 && got < wanted[i] + 5, "%g %%, not %u", got,
			wanted[i]);
	}
}
