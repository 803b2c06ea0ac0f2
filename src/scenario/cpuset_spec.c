// SPDX-License-Identifier: GPL-2.0-only
/* One function per kind of spec. Parts and fractions count over the usable CPUs. */
#include "scenario/cpuset_spec.h"

#include "base/mem.h"
#include "topo/spec.h"

struct request {
	const struct kt_topo *topo;
	const struct ktstr_cpus *spec;
	struct kt_cpus usable;
	unsigned count; /* of usable */
	char machine[KT_TOPO_TEXT_BYTES];
};

struct kt_cpus kt_cpuset_usable(const struct kt_topo *topo)
{
	struct kt_cpus all = kt_topo_all_cpus(topo);
	unsigned count = kt_topo_cpu_count(topo);
	if (count > 2)
		kt_cpus_remove(&all, (unsigned)kt_cpus_nth(&all, count - 1));
	return all;
}

/* Members FROM..TO-1 of the usable CPUs, counted in ascending order. */
static struct kt_cpus slice(const struct request *q, unsigned from, unsigned to)
{
	struct kt_cpus s = {0};
	for (unsigned i = from; i < to; i++)
		kt_cpus_add(&s, (unsigned)kt_cpus_nth(&q->usable, i));
	return s;
}

static int fail_empty(const struct request *q, const char *what, struct kt_err *err)
{
	return kt_fail(err, EINVAL,
		"widen it, or give the test a larger topology: a cgroup without CPUs could run "
		"nothing",
		"%s is empty on topology %s, which has %u usable CPUs", what, q->machine, q->count);
}

static int resolve_llc(const struct request *q, struct kt_cpus *ret, struct kt_err *err)
{
	unsigned index = q->spec->index;
	if (index >= q->topo->llcs) {
		int r = kt_fail(err, EINVAL, "name an LLC the machine has",
			"CPUs of LLC %u: topology %s has %u LLC%s", index, q->machine,
			q->topo->llcs, q->topo->llcs == 1 ? "" : "s");
		kt_fix(err, "LLCs count from 0: use 0..%u, or give the topology more LLCs",
			q->topo->llcs - 1);
		return r;
	}
	*ret = kt_topo_llc_cpus(q->topo, index);
	return 0;
}

static int resolve_numa(const struct request *q, struct kt_cpus *ret, struct kt_err *err)
{
	unsigned index = q->spec->index;
	if (index >= q->topo->nodes) {
		int r = kt_fail(err, EINVAL, "name a node the machine has",
			"CPUs of NUMA node %u: topology %s has %u node%s", index, q->machine,
			q->topo->nodes, q->topo->nodes == 1 ? "" : "s");
		kt_fix(err, "nodes count from 0: use 0..%u, or give the topology more nodes",
			q->topo->nodes - 1);
		return r;
	}
	*ret = kt_topo_node_cpus(q->topo, index);
	return 0;
}

static int resolve_range(const struct request *q, struct kt_cpus *ret, struct kt_err *err)
{
	double from = q->spec->from, to = q->spec->to;
	/* Written so that a NaN fails it. */
	if (!(from >= 0 && from < to && to <= 1))
		return kt_fail(err, EINVAL, "use 0 <= from < to <= 1, such as 0 and 0.5",
			"range %g..%g of the usable CPUs is not a part of them", from, to);
	*ret = slice(q, (unsigned)(q->count * from), (unsigned)(q->count * to));
	if (!kt_cpus_count(ret))
		return fail_empty(q, "that range of the usable CPUs", err);
	return 0;
}

/* The bounds of part index of `of`; the last part takes the remainder. */
static int part_of(
	const struct request *q, unsigned *ret_from, unsigned *ret_to, struct kt_err *err)
{
	unsigned index = q->spec->index, of = q->spec->of;
	if (!of)
		return kt_fail(err, EINVAL, "divide by at least 1, such as part 0 of 2",
			"part %u of 0 parts of the usable CPUs", index);
	if (index >= of)
		return kt_fail(err, EINVAL,
			"parts count from 0: the first number must be below the second",
			"part %u of %u parts of the usable CPUs does not exist", index, of);
	if (of > q->count)
		return kt_fail(err, EINVAL,
			"use fewer parts, or give the test a larger topology (of more than 2 CPUs "
			"one is kept for the harness)",
			"%u parts of the usable CPUs: topology %s has only %u usable CPUs", of,
			q->machine, q->count);
	unsigned chunk = q->count / of;
	*ret_from = index * chunk;
	*ret_to = index == of - 1 ? q->count : (index + 1) * chunk;
	return 0;
}

static int resolve_disjoint(const struct request *q, struct kt_cpus *ret, struct kt_err *err)
{
	unsigned from, to;
	int r = part_of(q, &from, &to, err);
	if (r < 0)
		return r;
	*ret = slice(q, from, to);
	return 0;
}

static int resolve_overlap(const struct request *q, struct kt_cpus *ret, struct kt_err *err)
{
	unsigned from, to;
	double fraction = q->spec->fraction;
	if (!(fraction >= 0 && fraction <= 1))
		return kt_fail(err, EINVAL, "use a fraction of 0..1, such as 0.5",
			"overlap by %g of a part is out of range", fraction);
	int r = part_of(q, &from, &to, err);
	if (r < 0)
		return r;
	unsigned more = (unsigned)(q->count / q->spec->of * fraction);
	*ret = slice(q, from > more ? from - more : 0, KT_MIN(to + more, q->count));
	return 0;
}

static int resolve_exact(const struct request *q, struct kt_cpus *ret, struct kt_err *err)
{
	struct kt_cpus cpus;
	const char *list = q->spec->list ? q->spec->list : "";
	int r = kt_cpus_parse(list, &cpus, err);
	if (r < 0)
		return r;
	if (!kt_cpus_count(&cpus))
		return kt_fail(err, EINVAL, "list at least one CPU, such as \"0-1\"",
			"the list of CPUs is empty");
	struct kt_cpus all = kt_topo_all_cpus(q->topo);
	struct kt_cpus absent = kt_cpus_minus(&cpus, &all);
	if (kt_cpus_count(&absent)) {
		KT_AUTOFREE char *text = kt_cpus_text(&absent);
		r = kt_fail(err, EINVAL, "name CPUs of the machine",
			"CPUs \"%s\": topology %s has no CPU %s", list, q->machine,
			text ? text : "of some of these numbers");
		KT_AUTOFREE char *present = kt_cpus_text(&all);
		kt_fix(err, "use some of %s, or give the test a larger topology",
			present ? present : "its CPUs");
		return r;
	}
	*ret = cpus;
	return 0;
}

int kt_cpuset_resolve(const struct kt_topo *topo, const struct ktstr_cpus *spec,
	struct kt_cpus *ret, struct kt_err *err)
{
	static int (*const resolvers[])(
		const struct request *q, struct kt_cpus *ret, struct kt_err *err) = {
		[KTSTR_CPUS_KIND_LLC] = resolve_llc,
		[KTSTR_CPUS_KIND_NUMA] = resolve_numa,
		[KTSTR_CPUS_KIND_RANGE] = resolve_range,
		[KTSTR_CPUS_KIND_DISJOINT] = resolve_disjoint,
		[KTSTR_CPUS_KIND_OVERLAP] = resolve_overlap,
		[KTSTR_CPUS_KIND_EXACT] = resolve_exact,
	};
	size_t kind = (size_t)spec->kind;
	if (kind >= KT_ARRAY_LEN(resolvers) || !resolvers[kind])
		return kt_fail(err, EINVAL,
			"write it with one of KTSTR_CPUS_LLC, _NUMA, _RANGE, _DISJOINT, _OVERLAP "
			"or _EXACT",
			"no CPUs are given (kind %u)", (unsigned)kind);
	struct request q = {.topo = topo, .spec = spec, .usable = kt_cpuset_usable(topo)};
	q.count = kt_cpus_count(&q.usable);
	kt_topo_text(topo, q.machine);
	return resolvers[kind](&q, ret, err);
}
