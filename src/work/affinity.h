/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Affinities as the plan has resolved them for a machine and a cgroup, and the CPUs that each
 * worker of a group gets from one. Plain arithmetic, the same for the same seed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cpumask.h"
#include "topo/model.h"

enum kt_affinity_kind {
	KT_AFFINITY_NONE,   /* leave the worker where its cgroup lets it run */
	KT_AFFINITY_ALL,    /* cpus for each worker */
	KT_AFFINITY_RANDOM, /* count of cpus, drawn for each worker */
	KT_AFFINITY_LLCS,   /* what cpus has of one LLC of topo; each worker gets the next */
};

struct kt_affinity {
	enum kt_affinity_kind kind;
	struct kt_cpus cpus;
	unsigned count;
	const struct kt_topo *topo; /* borrowed */
};

/* The CPUs of worker INDEX; SEED is the worker's own. False: none are to be set. */
bool kt_affinity_of(
	const struct kt_affinity *a, uint64_t seed, unsigned index, struct kt_cpus *ret);
