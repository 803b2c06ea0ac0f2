// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel takes a policy on a node the cgroup has no CPUs on, and all memory is remote then.
 * That is hardly ever meant, so it has to be said, by KTSTR_MPOL_STATIC_NODES.
 */
#include "scenario/mempolicy_rules.h"

#include "base/mem.h"
#include "topo/spec.h"

#define FLAGS_KNOWN                                                                                \
	(KTSTR_MPOL_STATIC_NODES | KTSTR_MPOL_RELATIVE_NODES | KTSTR_MPOL_NUMA_BALANCING)

enum nodes_taken { TAKES_NONE, TAKES_ONE, TAKES_SOME };

/* The modes of the kernel, which the C library's headers may be too old for. */
static const struct {
	const char *name;
	int mode;
	enum nodes_taken takes;
} kinds[] = {
	[KTSTR_MEMPOLICY_KIND_DEFAULT] = {"default", 0, TAKES_NONE},
	[KTSTR_MEMPOLICY_KIND_PREFERRED] = {"KTSTR_MEM_PREFERRED", 1, TAKES_ONE},
	[KTSTR_MEMPOLICY_KIND_BIND] = {"KTSTR_MEM_BIND", 2, TAKES_SOME},
	[KTSTR_MEMPOLICY_KIND_INTERLEAVE] = {"KTSTR_MEM_INTERLEAVE", 3, TAKES_SOME},
	[KTSTR_MEMPOLICY_KIND_LOCAL] = {"KTSTR_MEM_LOCAL", 4, TAKES_NONE},
	[KTSTR_MEMPOLICY_KIND_PREFERRED_MANY] = {"KTSTR_MEM_PREFERRED_MANY", 5, TAKES_SOME},
	[KTSTR_MEMPOLICY_KIND_WEIGHTED_INTERLEAVE] = {"KTSTR_MEM_WEIGHTED_INTERLEAVE", 6,
		TAKES_SOME},
};

static int check_flags(const struct ktstr_mempolicy *p, struct kt_err *err)
{
	unsigned unknown = p->flags & ~FLAGS_KNOWN;
	if (unknown)
		return kt_fail(err, EINVAL,
			"use only KTSTR_MPOL_STATIC_NODES, _RELATIVE_NODES and _NUMA_BALANCING",
			"memory policy: the flags %#x have the unknown bits %#x (known are %#x)",
			p->flags, unknown, FLAGS_KNOWN);
	if ((p->flags & KTSTR_MPOL_STATIC_NODES) && (p->flags & KTSTR_MPOL_RELATIVE_NODES))
		return kt_fail(err, EINVAL,
			"use KTSTR_MPOL_STATIC_NODES for numbers of the machine's nodes, or "
			"KTSTR_MPOL_RELATIVE_NODES for numbers within those of the cgroup",
			"memory policy: static and relative nodes exclude each other");
	if (p->flags && kinds[p->kind].takes == TAKES_NONE)
		return kt_fail(err, EINVAL, "drop the flags, or name a policy with nodes",
			"memory policy: the flags %#x mean nothing without nodes", p->flags);
	bool balances = p->kind == KTSTR_MEMPOLICY_KIND_BIND ||
			p->kind == KTSTR_MEMPOLICY_KIND_PREFERRED_MANY;
	if ((p->flags & KTSTR_MPOL_NUMA_BALANCING) && !balances)
		return kt_fail(err, EINVAL,
			"drop the flag, or use KTSTR_MEM_BIND or KTSTR_MEM_PREFERRED_MANY",
			"memory policy %s: the kernel takes KTSTR_MPOL_NUMA_BALANCING only with "
			"KTSTR_MEM_BIND and KTSTR_MEM_PREFERRED_MANY",
			kinds[p->kind].name);
	return 0;
}

static int check_count(
	const struct ktstr_mempolicy *p, const struct kt_cpus *nodes, struct kt_err *err)
{
	unsigned count = kt_cpus_count(nodes);
	switch (kinds[p->kind].takes) {
	case TAKES_NONE:
		return !count ? 0
			      : kt_fail(err, EINVAL,
					"drop the nodes, or use a policy that takes some, such as "
					"KTSTR_MEM_BIND",
					"memory policy: nodes \"%s\" for a policy that takes none",
					p->nodes);
	case TAKES_ONE:
		return count == 1 ? 0
				  : kt_fail(err, EINVAL,
					    "name one node, or use KTSTR_MEM_PREFERRED_MANY",
					    "memory policy KTSTR_MEM_PREFERRED: %u nodes, where it "
					    "takes 1",
					    count);
	case TAKES_SOME:
		break;
	}
	return count ? 0
		     : kt_fail(err, EINVAL, "list at least one node, such as \"0\"",
			       "memory policy %s: the list of nodes is empty", kinds[p->kind].name);
}

static struct kt_cpus nodes_of_machine(const struct kt_topo *topo)
{
	struct kt_cpus nodes = {0};
	for (unsigned node = 0; node < topo->nodes; node++)
		kt_cpus_add(&nodes, kt_topo_node_number(topo, node));
	return nodes;
}

static int check_exist(const struct kt_topo *topo, const struct ktstr_mempolicy *p,
	const struct kt_cpus *nodes, struct kt_err *err)
{
	struct kt_cpus all = nodes_of_machine(topo);
	struct kt_cpus absent = kt_cpus_minus(nodes, &all);
	char machine[KT_TOPO_TEXT_BYTES];
	if ((p->flags & KTSTR_MPOL_RELATIVE_NODES) || !kt_cpus_count(&absent))
		return 0;
	KT_AUTOFREE char *missing = kt_cpus_text(&absent);
	KT_AUTOFREE char *there = kt_cpus_text(&all);
	kt_topo_text(topo, machine);
	int r = kt_fail(err, EINVAL, "name nodes of the machine",
		"memory policy %s: topology %s has no node %s", kinds[p->kind].name, machine,
		missing ? missing : "of that number");
	kt_fix(err, "use nodes %s, or give the test a larger topology", there ? there : "it has");
	return r;
}

static int parse_nodes(const struct ktstr_mempolicy *p, struct kt_cpus *ret, struct kt_err *err)
{
	int r = kt_cpus_parse(p->nodes ? p->nodes : "", ret, err);
	if (r < 0)
		kt_fix(err, "list nodes as in \"0\" or \"0-1,3\"");
	return r < 0 ? kt_wrap(err, r, "memory policy") : 0;
}

int kt_mempolicy_check(
	const struct kt_topo *topo, const struct ktstr_mempolicy *policy, struct kt_err *err)
{
	struct kt_cpus nodes;
	if ((size_t)policy->kind >= KT_ARRAY_LEN(kinds))
		return kt_fail(err, EINVAL, "write it with one of KTSTR_MEM_",
			"%u is no kind of memory policy", (unsigned)policy->kind);
	int r = check_flags(policy, err);
	if (!r)
		r = parse_nodes(policy, &nodes, err);
	if (!r)
		r = check_count(policy, &nodes, err);
	if (!r)
		r = check_exist(topo, policy, &nodes, err);
	return r;
}

struct kt_cpus kt_mempolicy_nodes_of(const struct kt_topo *topo, const struct kt_cpus *cpus)
{
	struct kt_cpus nodes = {0};
	for (unsigned node = 0; node < topo->nodes; node++) {
		struct kt_cpus all = kt_topo_node_cpus(topo, node);
		struct kt_cpus both = kt_cpus_and(&all, cpus);
		if (kt_cpus_count(&both))
			kt_cpus_add(&nodes, kt_topo_node_number(topo, node));
	}
	return nodes;
}

static int check_coverage(const struct kt_topo *topo, const struct ktstr_mempolicy *p,
	const struct kt_cpus *nodes, const struct kt_cpus *cpuset, struct kt_err *err)
{
	struct kt_cpus covered = kt_mempolicy_nodes_of(topo, cpuset);
	struct kt_cpus outside = kt_cpus_minus(nodes, &covered);
	if ((p->flags & (KTSTR_MPOL_STATIC_NODES | KTSTR_MPOL_RELATIVE_NODES)) ||
		!kt_cpus_count(&outside))
		return 0;
	KT_AUTOFREE char *missing = kt_cpus_text(&outside);
	KT_AUTOFREE char *there = kt_cpus_text(&covered);
	KT_AUTOFREE char *cpus = kt_cpus_text(cpuset);
	int r = kt_fail(err, EINVAL, "widen the cpuset",
		"memory policy %s: the cgroup's CPUs %s are on nodes %s, so the memory on nodes %s "
		"would all be remote",
		kinds[p->kind].name, cpus ? cpus : "?", there ? there : "?",
		missing ? missing : "?");
	kt_fix(err,
		"add .flags = KTSTR_MPOL_STATIC_NODES if remote memory is meant, or widen the "
		"cpuset to CPUs of nodes %s, such as KTSTR_CPUS_NUMA(%d)",
		missing ? missing : "?", kt_cpus_nth(&outside, 0));
	return r;
}

/* Where the kernel puts relative nodes: they count around the nodes that are allowed. */
static struct kt_cpus unfold(const struct kt_topo *topo, const struct kt_cpus *relative)
{
	struct kt_cpus all = nodes_of_machine(topo), nodes = {0};
	for (int i = kt_cpus_next(relative, 0); i >= 0; i = kt_cpus_next(relative, i + 1))
		kt_cpus_add(&nodes, (unsigned)kt_cpus_nth(&all, (unsigned)i % topo->nodes));
	return nodes;
}

int kt_mempolicy_resolve(const struct kt_topo *topo, const struct ktstr_mempolicy *policy,
	const struct kt_cpus *cpuset, struct kt_mempolicy *ret, struct kt_cpus *ret_nodes,
	struct kt_err *err)
{
	struct kt_cpus nodes = {0};
	int r = kt_mempolicy_check(topo, policy, err);
	if (!r)
		r = parse_nodes(policy, &nodes, err);
	if (!r && cpuset)
		r = check_coverage(topo, policy, &nodes, cpuset, err);
	if (r < 0)
		return r;
	*ret = (struct kt_mempolicy){
		.set = policy->kind != KTSTR_MEMPOLICY_KIND_DEFAULT,
		.mode = kinds[policy->kind].mode,
		.flags = policy->flags,
		.nodes = nodes,
	};
	*ret_nodes = policy->flags & KTSTR_MPOL_RELATIVE_NODES ? unfold(topo, &nodes) : nodes;
	return 0;
}
