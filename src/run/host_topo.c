// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs are gathered into cores, cores into LLCs, LLCs into nodes; each level then keeps as
 * many members as the smallest of its kind has. Levels that sysfs does not show are one.
 */
#include "run/host_topo.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "guest/topology.h"
#include "topo/spec.h"

/* Disjoint sets of CPUs, in the order of their first members. */
struct parts {
	struct kt_cpus set[KT_TOPO_CPUS_MAX];
	unsigned count;
};

struct reading {
	const struct kt_guest_topology *seen;
	struct kt_cpus cpus; /* those that may be used */
};

static struct kt_cpus only(unsigned cpu)
{
	return kt_cpus_range(cpu, cpu);
}

static struct kt_cpus core_of(const struct reading *r, unsigned cpu)
{
	struct kt_cpus s = kt_cpus_and(&r->seen->cpu[cpu].threads, &r->cpus);
	return kt_cpus_has(&s, cpu) ? s : only(cpu);
}

/* CPUs that share what NUMBER of them says, such as the package; -1 is shared by all. */
static struct kt_cpus alike(const struct reading *r, unsigned cpu, bool by_node)
{
	const struct kt_guest_cpu *of = r->seen->cpu;
	struct kt_cpus s = {0};
	for (int c = kt_cpus_next(&r->cpus, 0); c >= 0; c = kt_cpus_next(&r->cpus, c + 1))
		if (of[c].node == of[cpu].node && (by_node || of[c].package == of[cpu].package))
			kt_cpus_add(&s, (unsigned)c);
	return s;
}

/* A machine without a level 3 cache: the CPUs of a package in a node stand for it. */
static struct kt_cpus llc_of(const struct reading *r, unsigned cpu)
{
	struct kt_cpus s = kt_cpus_and(&r->seen->cpu[cpu].llc, &r->cpus);
	return kt_cpus_has(&s, cpu) ? s : alike(r, cpu, false);
}

static struct kt_cpus node_of(const struct reading *r, unsigned cpu)
{
	return alike(r, cpu, true);
}

static void split(const struct reading *r, const struct kt_cpus *whole,
	struct kt_cpus (*part_of)(const struct reading *r, unsigned cpu), struct parts *ret)
{
	struct kt_cpus rest = *whole;
	ret->count = 0;
	for (int c; (c = kt_cpus_next(&rest, 0)) >= 0;) {
		struct kt_cpus part = part_of(r, (unsigned)c);
		part = kt_cpus_and(&part, &rest);
		rest = kt_cpus_minus(&rest, &part);
		ret->set[ret->count++] = part;
	}
}

/* Each level of the machine in one buffer, too large for a stack. */
struct levels {
	struct parts nodes, llcs, cores;
};

static void lower(unsigned *least, unsigned n)
{
	if (!*least || n < *least)
		*least = n;
}

/* The smallest part of each kind; per node for LLCs. */
static void measure(const struct reading *r, struct levels *l, struct kt_topo *t)
{
	unsigned llcs = 0;
	split(r, &r->cpus, node_of, &l->nodes);
	t->nodes = l->nodes.count;
	for (unsigned n = 0; n < l->nodes.count; n++) {
		split(r, &l->nodes.set[n], llc_of, &l->llcs);
		lower(&llcs, l->llcs.count);
		for (unsigned i = 0; i < l->llcs.count; i++) {
			split(r, &l->llcs.set[i], core_of, &l->cores);
			lower(&t->cores, l->cores.count);
			for (unsigned c = 0; c < l->cores.count; c++)
				lower(&t->threads, kt_cpus_count(&l->cores.set[c]));
		}
	}
	t->llcs = llcs * t->nodes;
}

/* The first CPUs of each part, as many as the counts say. */
static void fill_map(
	const struct reading *r, struct levels *l, const struct kt_topo *t, struct kt_topo_map *map)
{
	unsigned at = 0;
	for (unsigned n = 0; n < t->nodes; n++) {
		int first = kt_cpus_next(&l->nodes.set[n], 0);
		int number = r->seen->cpu[first].node;
		map->node[n] = (uint16_t)KT_MAX(number, 0);
		split(r, &l->nodes.set[n], llc_of, &l->llcs);
		for (unsigned i = 0; i < t->llcs / t->nodes; i++) {
			split(r, &l->llcs.set[i], core_of, &l->cores);
			for (unsigned c = 0; c < t->cores; c++)
				for (unsigned k = 0; k < t->threads; k++)
					map->cpu[at++] = (uint16_t)kt_cpus_nth(&l->cores.set[c], k);
		}
	}
}

static void describe(const struct reading *r, struct kt_run_host_topo *h)
{
	char topo[KT_TOPO_TEXT_BYTES];
	struct kt_cpus used = kt_topo_all_cpus(&h->topo);
	h->left_out = kt_cpus_minus(&r->cpus, &used);
	KT_AUTOFREE char *cpus = kt_cpus_text(&used);
	KT_AUTOFREE char *rest = kt_cpus_text(&h->left_out);
	bool whole = !rest || !*rest;
	snprintf(h->text, sizeof(h->text), "%s, CPUs %.80s%s%.80s%s", kt_topo_text(&h->topo, topo),
		cpus ? cpus : "?", whole ? "" : " (irregular: without CPUs ", whole ? "" : rest,
		whole ? "" : ")");
}

int kt_run_host_topo_read(const char *sysfs, const struct kt_cpus *allowed,
	struct kt_run_host_topo **ret, struct kt_err *err)
{
	KT_AUTOFREE struct kt_guest_topology *seen = NULL;
	KT_AUTOFREE struct kt_run_host_topo *h = calloc(1, sizeof(*h));
	KT_AUTOFREE struct levels *levels = calloc(1, sizeof(*levels));
	if (!h || !levels)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the topology");
	int r = kt_guest_topology_read(sysfs, &seen, err);
	if (r < 0)
		return kt_wrap(err, r, "the CPUs of this machine");
	struct reading reading = {.seen = seen, .cpus = kt_cpus_and(&seen->online, allowed)};
	if (!kt_cpus_count(&reading.cpus))
		return kt_fail(err, ENODEV,
			"start it with taskset, or in a cpuset, of CPUs that are online",
			"none of the CPUs this program may use is online");
	measure(&reading, levels, &h->topo);
	fill_map(&reading, levels, &h->topo, &h->map);
	h->topo.map = &h->map;
	describe(&reading, h);
	*ret = KT_TAKE(h);
	return 0;
}

int kt_run_host_allowed(struct kt_cpus *ret, struct kt_err *err)
{
	cpu_set_t set[KT_CPUS_MAX / CPU_SETSIZE];
	struct kt_cpus cpus = {0};
	CPU_ZERO_S(sizeof(set), set);
	if (sched_getaffinity(0, sizeof(set), set) < 0)
		return kt_fail(err, errno, "ktstr knows up to 1024 CPUs", "sched_getaffinity: %s",
			strerror(errno));
	for (unsigned i = 0; i < KT_CPUS_MAX; i++)
		if (CPU_ISSET_S(i, sizeof(set), set))
			kt_cpus_add(&cpus, i);
	*ret = cpus;
	return 0;
}

bool kt_run_host_topo_covers(
	const struct kt_topo *have, const struct ktstr_topology *asked, struct kt_str *out)
{
	const struct {
		const char *what;
		unsigned asked, have;
	} counts[] = {
		{"NUMA nodes", asked->nodes, have->nodes},
		{"LLCs", asked->llcs, have->llcs},
		{"cores per LLC", asked->cores, have->cores},
		{"threads per core", asked->threads, have->threads},
	};
	bool covers = true;
	for (size_t i = 0; i < KT_ARRAY_LEN(counts); i++) {
		if (counts[i].have >= counts[i].asked)
			continue;
		kt_str_addf(out, "%s%u %s are asked for, and there %s %u", covers ? "" : "; ",
			counts[i].asked, counts[i].what, counts[i].have == 1 ? "is" : "are",
			counts[i].have);
		covers = false;
	}
	return covers;
}
