// SPDX-License-Identifier: GPL-2.0-only
/* The reservoir and what is computed of it. */
#include "work/reservoir.h"

#include <math.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/mem.h"

#define ROOM_BYTES (KT_RESERVOIR_ROOM * sizeof(uint64_t))

void kt_reservoir_init(struct kt_reservoir *r, uint64_t seed)
{
	void *p =
		mmap(NULL, ROOM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*r = (struct kt_reservoir){.samples = p == MAP_FAILED ? NULL : p, .seed = seed};
}

void kt_reservoir_done(struct kt_reservoir *r)
{
	if (r->samples)
		munmap(r->samples, ROOM_BYTES);
	r->samples = NULL;
}

static uint64_t xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void kt_reservoir_add(struct kt_reservoir *r, uint64_t ns)
{
	uint64_t seen = r->count++;
	uint64_t at = seen < KT_RESERVOIR_ROOM ? seen : xorshift(&r->seed) % (seen + 1);
	if (at < KT_RESERVOIR_ROOM && r->samples)
		r->samples[at] = ns;
	r->max_ns = KT_MAX(r->max_ns, ns);

	double distance = (double)ns - r->mean_ns;
	r->mean_ns += distance / (double)r->count;
	r->squares += distance * ((double)ns - r->mean_ns);
}

/* Of more than there is room for, each place gets a sample of the one or the other by lot. */
static void merge_kept(struct kt_reservoir *into, const struct kt_reservoir *from)
{
	uint64_t have = KT_MIN(into->count, KT_RESERVOIR_ROOM);
	uint64_t more = KT_MIN(from->count, KT_RESERVOIR_ROOM);
	uint64_t total = into->count + from->count;
	if (total <= KT_RESERVOIR_ROOM) {
		for (uint64_t i = 0; i < more; i++)
			into->samples[have + i] = from->samples[i];
		return;
	}
	/* From the end, so that what is copied from the beginning is still there. */
	for (uint64_t i = KT_RESERVOIR_ROOM; i-- > 0;) {
		if (xorshift(&into->seed) % total < from->count)
			into->samples[i] = from->samples[xorshift(&into->seed) % more];
		else if (i >= have)
			into->samples[i] = into->samples[xorshift(&into->seed) % have];
	}
}

void kt_reservoir_merge(struct kt_reservoir *into, const struct kt_reservoir *from)
{
	if (!from->count)
		return;
	if (into->samples && from->samples)
		merge_kept(into, from);
	double a = (double)into->count, b = (double)from->count;
	double distance = from->mean_ns - into->mean_ns;
	into->mean_ns += distance * b / (a + b);
	into->squares += from->squares + distance * distance * a * b / (a + b);
	into->max_ns = KT_MAX(into->max_ns, from->max_ns);
	into->count += from->count;
}

static void swap(uint64_t *a, uint64_t *b)
{
	uint64_t t = *a;
	*a = *b;
	*b = t;
}

/* Quickselect, because qsort may allocate and a forked child should not. */
uint64_t kt_reservoir_select(uint64_t *values, uint64_t count, uint64_t rank)
{
	uint64_t low = 0, high = count - 1;
	while (low < high) {
		uint64_t pivot = values[low + (high - low) / 2], i = low, j = high;
		for (;; i++, j--) {
			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i >= j)
				break;
			swap(&values[i], &values[j]);
		}
		if (rank <= j)
			high = j;
		else
			low = j + 1;
	}
	return values[rank];
}

struct kt_reservoir_sum kt_reservoir_sum(struct kt_reservoir *r)
{
	uint64_t kept = KT_MIN(r->count, KT_RESERVOIR_ROOM);
	struct kt_reservoir_sum sum = {.count = r->count, .max_ns = r->max_ns};
	if (!kept)
		return sum;
	sum.mean_ns = (uint64_t)(r->mean_ns + 0.5);
	sum.sd_ns = (uint64_t)(sqrt(r->squares / (double)r->count) + 0.5);
	if (!r->samples)
		return sum;
	sum.p50_ns = kt_reservoir_select(r->samples, kept, (kept - 1) / 2);
	sum.p99_ns = kt_reservoir_select(r->samples, kept, (kept * 99 + 99) / 100 - 1);
	return sum;
}
