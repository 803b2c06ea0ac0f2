// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each shard is a ring of entries in the order in which they were written: a new one overwrites
 * the oldest. No entry is split at the end of the ring; what is left there is padding.
 */
#include "work/tao_cache.h"

#include <string.h>

#include "base/mem.h"

#define PADDING UINT64_MAX /* instead of a key */

struct entry {
	uint64_t key;
	uint64_t bytes; /* with this header, a multiple of 16 */
	uint8_t value[];
};

/* Mostly small, a few large: 1000 draws by size. */
static const struct {
	unsigned bytes, weight;
} sizes[] = {{64, 420}, {128, 300}, {256, 150}, {512, 70}, {1024, 40}, {4096, 16}, {16384, 4}};

unsigned kt_tao_cache_size(uint64_t random)
{
	unsigned draw = (unsigned)(random % 1000);
	size_t i = 0;
	while (draw >= sizes[i].weight)
		draw -= sizes[i++].weight;
	return sizes[i].bytes;
}

static unsigned mean_entry_bytes(void)
{
	unsigned sum = 0;
	for (size_t i = 0; i < KT_ARRAY_LEN(sizes); i++)
		sum += sizes[i].bytes * sizes[i].weight;
	return sum / 1000 + (unsigned)sizeof(struct entry);
}

static uint64_t values_bytes(unsigned mib)
{
	return (uint64_t)mib << 20;
}

static uint64_t keys_of(unsigned mib, unsigned hit_pct)
{
	return values_bytes(mib) / mean_entry_bytes() * 100 / hit_pct;
}

size_t kt_tao_cache_bytes(unsigned mib, unsigned hit_pct)
{
	return values_bytes(mib) + keys_of(mib, hit_pct) * sizeof(uint64_t);
}

void kt_tao_cache_init(struct kt_tao_cache *c, void *memory, unsigned mib, unsigned hit_pct)
{
	uint8_t *at = memory;
	*c = (struct kt_tao_cache){
		.keys = keys_of(mib, hit_pct),
		.ring_bytes = values_bytes(mib) / KT_TAO_SHARDS,
	};
	for (unsigned i = 0; i < KT_TAO_SHARDS; i++, at += c->ring_bytes)
		c->shards[i].ring = at;
	c->place = (uint64_t *)(void *)at;
}

static struct entry *entry_at(const struct kt_tao_cache *c, struct kt_tao_shard *s, uint64_t at)
{
	return (struct entry *)(void *)(s->ring + at % c->ring_bytes);
}

/* With the lock: the bytes are read so that nobody overwrites them meanwhile. */
static void read_value(const struct entry *e)
{
	uint64_t sum = 0, word;
	for (uint64_t i = 0; i < e->bytes - sizeof(*e); i += sizeof(word)) {
		memcpy(&word, e->value + i, sizeof(word));
		sum += word;
	}
	__asm__ volatile("" : : "r"(sum)); /* so that the reading is not left out */
}

bool kt_tao_cache_get(struct kt_tao_cache *c, uint64_t key)
{
	struct kt_tao_shard *s = &c->shards[key % KT_TAO_SHARDS];
	pthread_mutex_lock(&s->lock);
	uint64_t place = c->place[key];
	if (place)
		read_value(entry_at(c, s, place - 1));
	pthread_mutex_unlock(&s->lock);
	return place != 0;
}

static void make_room(struct kt_tao_cache *c, struct kt_tao_shard *s, uint64_t bytes)
{
	while (s->head + bytes - s->tail > c->ring_bytes) {
		const struct entry *oldest = entry_at(c, s, s->tail);
		if (oldest->key != PADDING)
			c->place[oldest->key] = 0;
		s->tail += oldest->bytes;
	}
}

/* An entry of BYTES at the head, where it is whole. */
static struct entry *append(
	struct kt_tao_cache *c, struct kt_tao_shard *s, uint64_t key, uint64_t bytes)
{
	make_room(c, s, bytes);
	struct entry *e = entry_at(c, s, s->head);
	*e = (struct entry){.key = key, .bytes = bytes};
	s->head += bytes;
	return e;
}

void kt_tao_cache_put(struct kt_tao_cache *c, uint64_t key, uint64_t random)
{
	struct kt_tao_shard *s = &c->shards[key % KT_TAO_SHARDS];
	uint64_t bytes = sizeof(struct entry) + kt_tao_cache_size(random);
	pthread_mutex_lock(&s->lock);
	if (!c->place[key]) { /* else another thread has missed it too */
		uint64_t left = c->ring_bytes - s->head % c->ring_bytes;
		if (left < bytes)
			append(c, s, PADDING, left);
		c->place[key] = s->head + 1;
		struct entry *e = append(c, s, key, bytes);
		memset(e->value, (int)(key & 0xff), bytes - sizeof(*e));
	}
	pthread_mutex_unlock(&s->lock);
}
