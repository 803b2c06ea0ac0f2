/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU topology as counts: nodes, last-level caches (LLCs, the machine's total), cores per
 * LLC, threads per core. CPU numbers run threads first, then cores, LLCs and nodes, which is
 * the order the tables of the machine list them in and Linux numbers them.
 */
#pragma once

#include <stdint.h>

#include "base/cpumask.h"
#include "base/err.h"

#define KT_TOPO_CPUS_MAX 512u

/* Where the machine numbers otherwise, such as a host of which only some CPUs may be used. */
struct kt_topo_map {
	uint16_t cpu[KT_TOPO_CPUS_MAX];	 /* the machine's number of CPU i, in the order above */
	uint16_t node[KT_TOPO_CPUS_MAX]; /* the machine's number of node i */
};

/* Written as four counts, {1, 2, 4, 1}: the map is for one caller only. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct kt_topo {
	unsigned nodes;		       /* NUMA nodes */
	unsigned llcs;		       /* of the whole machine; a multiple of nodes */
	unsigned cores;		       /* per LLC */
	unsigned threads;	       /* per core */
	const struct kt_topo_map *map; /* borrowed; NULL: the order above is that of the numbers */
};

/* Where one CPU sits. All numbers count over the whole machine, but thread, which is per core. */
struct kt_topo_place {
	unsigned node, llc, core, thread;
};

/* Every count above 0, LLCs divisible by nodes, at most KT_TOPO_CPUS_MAX CPUs. 0 or -EINVAL. */
int kt_topo_check(const struct kt_topo *t, struct kt_err *err);

/*
 * The rest expect a topology that kt_topo_check() accepts and numbers within it. CPU numbers
 * are those of the machine; nodes, LLCs and cores count from 0 in any case.
 */
unsigned kt_topo_cpu_count(const struct kt_topo *t);
/* Of the I-th CPU in the order above. */
unsigned kt_topo_cpu(const struct kt_topo *t, unsigned i);
/* The machine's number of a node, as its files and system calls have it. */
unsigned kt_topo_node_number(const struct kt_topo *t, unsigned node);
struct kt_topo_place kt_topo_place(const struct kt_topo *t, unsigned cpu);
struct kt_cpus kt_topo_all_cpus(const struct kt_topo *t);
struct kt_cpus kt_topo_llc_cpus(const struct kt_topo *t, unsigned llc);
struct kt_cpus kt_topo_node_cpus(const struct kt_topo *t, unsigned node);
struct kt_cpus kt_topo_core_cpus(const struct kt_topo *t, unsigned core);

/*
 * x2APIC id: thread, core and LLC are bit fields, each as wide as its count needs, so that
 * ids have gaps where a count is no power of two. The shifts are those of CPUID leaf 0xB/0x1F.
 */
uint32_t kt_topo_apic_id(const struct kt_topo *t, unsigned cpu);
unsigned kt_topo_thread_bits(const struct kt_topo *t);
unsigned kt_topo_core_bits(const struct kt_topo *t);
