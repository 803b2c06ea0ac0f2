/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times of one thread by size: 64 steps per power of two, so that a quantile is right to 2 %.
 * Zero bytes are an empty one. Two can be added, unlike quantiles.
 */
#pragma once

#include <stdint.h>

#define KT_HISTOGRAM_BUCKETS 2304u /* up to 2^41 ns, 36 minutes; beyond counts as that */

struct kt_histogram {
	uint64_t count, max_ns;
	uint64_t buckets[KT_HISTOGRAM_BUCKETS];
};

void kt_histogram_add(struct kt_histogram *h, uint64_t ns);
void kt_histogram_merge(struct kt_histogram *into, const struct kt_histogram *from);
/* The least time that SHARE (0 to 1) of all do not exceed; 0 when there are none. */
uint64_t kt_histogram_quantile(const struct kt_histogram *h, double share);
