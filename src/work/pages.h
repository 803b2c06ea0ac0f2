/* SPDX-License-Identifier: GPL-2.0-only */
/* On which memory nodes pages are; numbers of the kernel's about nodes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpumask.h"

#define KT_PAGES_NODES_MAX 64u /* nodes told apart; pages on others are counted to the last */

/*
 * Add the pages of BYTES at AT, of the caller's own memory, to the counts of their nodes. Pages
 * never touched count nowhere. Beyond 65536 pages every Nth is asked and stands for N. False
 * when the kernel does not say.
 */
bool kt_pages_count(const void *at, size_t bytes, uint64_t counts[KT_PAGES_NODES_MAX]);
/* Nodes that have CPUs; FALLBACK when sysfs does not say. */
struct kt_cpus kt_pages_nodes_with_cpus(const struct kt_cpus *fallback);
/* Pages the kernel has moved since it booted, on the whole machine; false: it does not count. */
bool kt_pages_migrated(uint64_t *ret);
