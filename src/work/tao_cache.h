/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cache of taobench: keys 0..n-1, values of small and a few large sizes, the oldest goes
 * first. It lives in memory that the caller has mapped. A uniform stream of keys hits with the
 * wanted share, because there are so many more keys than room.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KT_TAO_SHARDS 16u /* each with a lock */

struct kt_tao_shard {
	pthread_mutex_t lock; /* zeroed is unlocked */
	uint8_t *ring;
	uint64_t head, tail; /* bytes ever written and given up; the place is modulo the size */
} __attribute__((aligned(128)));

struct kt_tao_cache {
	uint64_t keys, ring_bytes; /* of one shard */
	uint64_t *place; /* of each key: where in its ring it was written, plus 1; 0: nowhere */
	struct kt_tao_shard shards[KT_TAO_SHARDS];
};

/* What kt_tao_cache_init() needs for MIB of values with a hit share of HIT_PCT (1 to 99). */
size_t kt_tao_cache_bytes(unsigned mib, unsigned hit_pct);
/* MEMORY is zeroed. */
void kt_tao_cache_init(struct kt_tao_cache *c, void *memory, unsigned mib, unsigned hit_pct);
/* Read all bytes of KEY's value; false: it is not there. */
bool kt_tao_cache_get(struct kt_tao_cache *c, uint64_t key);
/* Write a value, of a size that RANDOM draws, and give up the oldest for it. */
void kt_tao_cache_put(struct kt_tao_cache *c, uint64_t key, uint64_t random);
/* The size that RANDOM draws, in bytes. */
unsigned kt_tao_cache_size(uint64_t random);
