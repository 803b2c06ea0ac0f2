// SPDX-License-Identifier: GPL-2.0-only
/* Arithmetic of CPU numbers and APIC ids; everything follows from the four counts. */
#include "topo/model.h"

static unsigned bits_for(unsigned count)
{
	unsigned bits = 0;
	while ((1u << bits) < count)
		bits++;
	return bits;
}

int kt_topo_check(const struct kt_topo *t, struct kt_err *err)
{
	const char *fix = "write a topology such as 1n2l4c1t: nodes, LLCs of the machine, cores "
			  "per LLC, threads per core";
	if (!t->nodes || !t->llcs || !t->cores || !t->threads)
		return kt_fail(err, EINVAL, fix,
			"topology %un%ul%uc%ut: every count must be at least 1", t->nodes, t->llcs,
			t->cores, t->threads);
	if (t->llcs % t->nodes)
		return kt_fail(err, EINVAL, "make the LLC count a multiple of the node count",
			"topology %un%ul%uc%ut: %u LLC%s cannot be shared evenly by %u nodes",
			t->nodes, t->llcs, t->cores, t->threads, t->llcs, t->llcs == 1 ? "" : "s",
			t->nodes);
	uint64_t cpus = (uint64_t)t->llcs * t->cores;
	if (cpus > KT_TOPO_CPUS_MAX || cpus * t->threads > KT_TOPO_CPUS_MAX)
		return kt_fail(err, EINVAL, "use fewer LLCs, cores or threads",
			"topology %un%ul%uc%ut: more than %u CPUs", t->nodes, t->llcs, t->cores,
			t->threads, KT_TOPO_CPUS_MAX);
	return 0;
}

unsigned kt_topo_cpu_count(const struct kt_topo *t)
{
	return t->llcs * t->cores * t->threads;
}

unsigned kt_topo_cpu(const struct kt_topo *t, unsigned i)
{
	return t->map ? t->map->cpu[i] : i;
}

unsigned kt_topo_node_number(const struct kt_topo *t, unsigned node)
{
	return t->map ? t->map->node[node] : node;
}

static unsigned index_of(const struct kt_topo *t, unsigned cpu)
{
	unsigned i = 0;
	if (!t->map)
		return cpu;
	while (i + 1 < kt_topo_cpu_count(t) && t->map->cpu[i] != cpu)
		i++;
	return i;
}

struct kt_topo_place kt_topo_place(const struct kt_topo *t, unsigned cpu)
{
	unsigned i = index_of(t, cpu);
	unsigned core = i / t->threads;
	unsigned llc = core / t->cores;
	return (struct kt_topo_place){
		.node = llc / (t->llcs / t->nodes),
		.llc = llc,
		.core = core,
		.thread = i % t->threads,
	};
}

/* CPUs of the NTH group of SIZE consecutive CPUs. */
static struct kt_cpus group(const struct kt_topo *t, unsigned nth, unsigned size)
{
	struct kt_cpus s = {0};
	if (!t->map)
		return kt_cpus_range(nth * size, nth * size + size - 1);
	for (unsigned i = nth * size; i < (nth + 1) * size; i++)
		kt_cpus_add(&s, t->map->cpu[i]);
	return s;
}

struct kt_cpus kt_topo_all_cpus(const struct kt_topo *t)
{
	return group(t, 0, kt_topo_cpu_count(t));
}

struct kt_cpus kt_topo_llc_cpus(const struct kt_topo *t, unsigned llc)
{
	return group(t, llc, t->cores * t->threads);
}

struct kt_cpus kt_topo_node_cpus(const struct kt_topo *t, unsigned node)
{
	return group(t, node, t->llcs / t->nodes * t->cores * t->threads);
}

struct kt_cpus kt_topo_core_cpus(const struct kt_topo *t, unsigned core)
{
	return group(t, core, t->threads);
}

unsigned kt_topo_thread_bits(const struct kt_topo *t)
{
	return bits_for(t->threads);
}

unsigned kt_topo_core_bits(const struct kt_topo *t)
{
	return bits_for(t->cores);
}

uint32_t kt_topo_apic_id(const struct kt_topo *t, unsigned cpu)
{
	struct kt_topo_place at = kt_topo_place(t, cpu);
	unsigned thread_bits = kt_topo_thread_bits(t);
	unsigned core_bits = kt_topo_core_bits(t);
	return at.llc << (core_bits + thread_bits) | (at.core % t->cores) << thread_bits |
	       at.thread;
}
