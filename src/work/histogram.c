// SPDX-License-Identifier: GPL-2.0-only
/* Below 64 ns each time has a bucket of its own; above, the six bits after the highest count. */
#include "work/histogram.h"

#include "base/mem.h"

#define SUB_BITS 6u
#define SUB	 (1u << SUB_BITS)

static unsigned bucket_of(uint64_t ns)
{
	if (ns < SUB)
		return (unsigned)ns;
	unsigned high = 63 - (unsigned)__builtin_clzll(ns);
	uint64_t bucket = (high - SUB_BITS + 1) * SUB + ((ns >> (high - SUB_BITS)) & (SUB - 1));
	return (unsigned)KT_MIN(bucket, KT_HISTOGRAM_BUCKETS - 1);
}

/* The largest time that falls into BUCKET. */
static uint64_t top_of(unsigned bucket)
{
	if (bucket < SUB)
		return bucket;
	unsigned shift = bucket / SUB - 1;
	return (((uint64_t)SUB + bucket % SUB + 1) << shift) - 1;
}

void kt_histogram_add(struct kt_histogram *h, uint64_t ns)
{
	h->buckets[bucket_of(ns)]++;
	h->count++;
	h->max_ns = KT_MAX(h->max_ns, ns);
}

void kt_histogram_merge(struct kt_histogram *into, const struct kt_histogram *from)
{
	for (unsigned i = 0; i < KT_HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->count += from->count;
	into->max_ns = KT_MAX(into->max_ns, from->max_ns);
}

uint64_t kt_histogram_quantile(const struct kt_histogram *h, double share)
{
	double wanted = share * (double)h->count;
	uint64_t seen = 0;
	for (unsigned i = 0; i < KT_HISTOGRAM_BUCKETS && h->count; i++) {
		seen += h->buckets[i];
		if (seen && (double)seen >= wanted)
			return KT_MIN(top_of(i), h->max_ns);
	}
	return h->max_ns;
}
