/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latencies of one worker: all are counted and go into mean and deviation, a fair part of them
 * is kept for the quantiles (algorithm R, deterministic for a seed). Nothing allocates once it
 * works.
 */
#pragma once

#include <stdint.h>

#define KT_RESERVOIR_ROOM 100000u

struct kt_reservoir {
	uint64_t *samples; /* KT_RESERVOIR_ROOM of them; NULL: none can be kept */
	uint64_t seed;	   /* never 0 */
	uint64_t count, max_ns;
	double mean_ns, squares; /* Welford's sum of squared distances from the mean */
};

struct kt_reservoir_sum {
	uint64_t count, p50_ns, p99_ns, max_ns, mean_ns, sd_ns;
};

void kt_reservoir_init(struct kt_reservoir *r, uint64_t seed);
void kt_reservoir_done(struct kt_reservoir *r);
void kt_reservoir_add(struct kt_reservoir *r, uint64_t ns);
/* As if all that went into FROM had gone into INTO. */
void kt_reservoir_merge(struct kt_reservoir *into, const struct kt_reservoir *from);
/* Quantiles are by nearest rank. Reorders what is kept. */
struct kt_reservoir_sum kt_reservoir_sum(struct kt_reservoir *r);
/* The value of RANK (0 is the least) of COUNT values, which are reordered. */
uint64_t kt_reservoir_select(uint64_t *values, uint64_t count, uint64_t rank);
