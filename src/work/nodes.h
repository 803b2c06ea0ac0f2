/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory nodes, asked for by a worker: nothing is allocated. Lists have been checked before, or
 * are the kernel's; of malformed text the part before the fault counts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cpumask.h"

#define KT_NODES_MAX 64u

/* The numbers of a list such as "0-1,3" below KT_CPUS_MAX. */
struct kt_cpus kt_nodes_list(const char *text);
/* The CPUs of NODE; empty when it has none, or there is no such node. */
struct kt_cpus kt_nodes_cpus(unsigned node);
/*
 * Bind the memory to NODE and move the pages that exist there. 0 or -errno; -ENOSYS when the
 * kernel has no memory policies.
 */
int kt_nodes_bind(void *at, size_t bytes, unsigned node);
/* Of COUNT pages spread over the memory, how many exist and are not on NODE; -1: unknown. */
int kt_nodes_misplaced(const void *at, size_t bytes, unsigned count, unsigned node);
