// SPDX-License-Identifier: GPL-2.0-only
/* One function per kind of affinity. What a cgroup may use bounds all of them but one. */
#include "scenario/affinity_spec.h"

#include "base/mem.h"
#include "scenario/cpuset_spec.h"
#include "topo/spec.h"

struct request {
	const struct kt_topo *topo;
	const struct ktstr_affinity *spec;
	bool confined;
	struct kt_cpus cpus; /* of the cgroup, or the usable ones of the machine */
	struct kt_err *err;
};

/* The CPUs the test names; only what the cgroup may use when it is confined. */
static int take_named(const struct request *q, struct kt_cpus *ret)
{
	struct kt_cpus named;
	int r = kt_cpuset_resolve(q->topo, &q->spec->cpus, &named, q->err);
	if (r < 0)
		return kt_wrap(q->err, r, "affinity");
	*ret = q->confined ? kt_cpus_and(&named, &q->cpus) : named;
	if (kt_cpus_count(ret))
		return 0;
	KT_AUTOFREE char *mine = kt_cpus_text(&named);
	KT_AUTOFREE char *theirs = kt_cpus_text(&q->cpus);
	return kt_fail(q->err, EINVAL, "name CPUs of the cgroup's cpuset, or widen that",
		"affinity to CPUs %s has no CPU of the cgroup's cpuset %s", mine ? mine : "?",
		theirs ? theirs : "?");
}

static int resolve_inherit(const struct request *q, struct kt_affinity *ret)
{
	(void)q; /* same signature as the others */
	*ret = (struct kt_affinity){.kind = KT_AFFINITY_NONE};
	return 0;
}

static int resolve_exact(const struct request *q, struct kt_affinity *ret)
{
	ret->kind = KT_AFFINITY_ALL;
	return take_named(q, &ret->cpus);
}

static int resolve_random(const struct request *q, struct kt_affinity *ret)
{
	ret->kind = KT_AFFINITY_RANDOM;
	ret->count = q->spec->count;
	if (!ret->count)
		return kt_fail(q->err, EINVAL,
			"draw at least 1 CPU, such as KTSTR_AFFINITY_RANDOM(\"0-3\", 1)",
			"affinity to 0 random CPUs: a worker without CPUs could not run");
	return take_named(q, &ret->cpus);
}

static int resolve_single(const struct request *q, struct kt_affinity *ret)
{
	unsigned first = (unsigned)kt_cpus_nth(&q->cpus, 0);
	*ret = (struct kt_affinity){.kind = KT_AFFINITY_ALL, .cpus = kt_cpus_range(first, first)};
	return 0;
}

static int resolve_llc(const struct request *q, struct kt_affinity *ret)
{
	*ret = (struct kt_affinity){.kind = KT_AFFINITY_LLCS, .cpus = q->cpus, .topo = q->topo};
	return 0;
}

static int resolve_cross_cgroup(const struct request *q, struct kt_affinity *ret)
{
	*ret = (struct kt_affinity){.kind = KT_AFFINITY_ALL, .cpus = kt_topo_all_cpus(q->topo)};
	return 0;
}

static int fail_no_pair(const struct request *q)
{
	char machine[KT_TOPO_TEXT_BYTES];
	kt_topo_text(q->topo, machine);
	if (q->topo->threads < 2)
		return kt_fail(q->err, EINVAL,
			"give the topology 2 threads per core, such as KTSTR_TOPOLOGY(1, 1, 2, 2)",
			"affinity to a pair of SMT siblings: topology %s has 1 thread per core",
			machine);
	KT_AUTOFREE char *cpus = kt_cpus_text(&q->cpus);
	return kt_fail(q->err, EINVAL, "let the cpuset have both threads of a core",
		"affinity to a pair of SMT siblings: no core of topology %s has two threads among "
		"CPUs %s",
		machine, cpus ? cpus : "?");
}

static int resolve_smt_pair(const struct request *q, struct kt_affinity *ret)
{
	for (unsigned core = 0; core < q->topo->llcs * q->topo->cores; core++) {
		struct kt_cpus all = kt_topo_core_cpus(q->topo, core);
		struct kt_cpus both = kt_cpus_and(&all, &q->cpus);
		if (kt_cpus_count(&both) < 2)
			continue;
		*ret = (struct kt_affinity){.kind = KT_AFFINITY_ALL};
		kt_cpus_add(&ret->cpus, (unsigned)kt_cpus_nth(&both, 0));
		kt_cpus_add(&ret->cpus, (unsigned)kt_cpus_nth(&both, 1));
		return 0;
	}
	return fail_no_pair(q);
}

int kt_affinity_resolve(const struct kt_topo *topo, const struct ktstr_affinity *spec,
	const struct kt_cpus *cpuset, struct kt_affinity *ret, struct kt_err *err)
{
	static int (*const resolvers[])(const struct request *q, struct kt_affinity *ret) = {
		[KTSTR_AFFINITY_KIND_INHERIT] = resolve_inherit,
		[KTSTR_AFFINITY_KIND_EXACT] = resolve_exact,
		[KTSTR_AFFINITY_KIND_RANDOM] = resolve_random,
		[KTSTR_AFFINITY_KIND_SINGLE] = resolve_single,
		[KTSTR_AFFINITY_KIND_LLC] = resolve_llc,
		[KTSTR_AFFINITY_KIND_CROSS_CGROUP] = resolve_cross_cgroup,
		[KTSTR_AFFINITY_KIND_SMT_PAIR] = resolve_smt_pair,
	};
	if ((size_t)spec->kind >= KT_ARRAY_LEN(resolvers))
		return kt_fail(err, EINVAL, "write it with one of KTSTR_AFFINITY_",
			"%u is no kind of affinity", (unsigned)spec->kind);
	struct request q = {
		.topo = topo,
		.spec = spec,
		.confined = cpuset != NULL,
		.cpus = cpuset ? *cpuset : kt_cpuset_usable(topo),
		.err = err,
	};
	if (!kt_cpus_count(&q.cpus))
		return kt_fail(err, EINVAL, "widen the cpuset of the cgroup, or of those around it",
			"its cgroup has no CPUs");
	struct kt_affinity out = {0};
	int r = resolvers[spec->kind](&q, &out);
	if (r < 0)
		return r;
	*ret = out;
	return 0;
}
