// SPDX-License-Identifier: GPL-2.0-only
/* The CPUs of one worker: all, a draw without repetition, or its turn among runs of CPUs. */
#include "work/affinity.h"

#include "base/mem.h"

/* splitmix64: seeds of neighbours give draws that have nothing in common. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static struct kt_cpus draw(const struct kt_affinity *a, uint64_t seed)
{
	struct kt_cpus pool = a->cpus, drawn = {0};
	unsigned left = kt_cpus_count(&pool);
	for (unsigned n = KT_MIN(a->count, left); n; n--, left--) {
		unsigned cpu = (unsigned)kt_cpus_nth(&pool, (unsigned)(next_random(&seed) % left));
		kt_cpus_add(&drawn, cpu);
		kt_cpus_remove(&pool, cpu);
	}
	return drawn;
}

/* The LLC number INDEX of those that have some of the CPUs, beginning anew after the last. */
static struct kt_cpus take_turn(const struct kt_affinity *a, unsigned index)
{
	unsigned with_cpus = 0;
	struct kt_cpus part = {0};
	for (unsigned round = 0; round < 2; round++) {
		unsigned turn = round ? index % with_cpus : index;
		with_cpus = 0;
		for (unsigned llc = 0; llc < a->topo->llcs; llc++) {
			struct kt_cpus all = kt_topo_llc_cpus(a->topo, llc);
			part = kt_cpus_and(&a->cpus, &all);
			if (kt_cpus_count(&part) && with_cpus++ == turn)
				return part;
		}
		if (!with_cpus)
			break;
	}
	return a->cpus; /* empty, which the resolver has refused */
}

bool kt_affinity_of(const struct kt_affinity *a, uint64_t seed, unsigned index, struct kt_cpus *ret)
{
	switch (a->kind) {
	case KT_AFFINITY_NONE:
		return false;
	case KT_AFFINITY_ALL:
		*ret = a->cpus;
		return true;
	case KT_AFFINITY_RANDOM:
		*ret = draw(a, seed);
		return true;
	case KT_AFFINITY_LLCS:
		*ret = take_turn(a, index);
		return true;
	}
	return false;
}
