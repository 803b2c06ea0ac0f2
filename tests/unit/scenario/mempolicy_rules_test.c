// SPDX-License-Identifier: GPL-2.0-only
/* Memory policies on a machine of 2 nodes, with CPUs 0-1 and 2-3. */
#include "unit/scenario/scenario.h"

#include "base/mem.h"
#include "scenario/mempolicy_rules.h"

static const struct kt_topo machine = {.nodes = 2, .llcs = 2, .cores = 2, .threads = 1};

static struct kt_mempolicy resolved;
static struct kt_cpus nodes;

static int resolve(const struct ktstr_mempolicy *p, const char *cpuset, struct kt_err *err)
{
	struct kt_cpus cpus;
	if (cpuset)
		cr_assert_eq(kt_cpus_parse(cpuset, &cpus, err), 0);
	return kt_mempolicy_resolve(&machine, p, cpuset ? &cpus : NULL, &resolved, &nodes, err);
}

static void expect_policy(const struct ktstr_mempolicy *p, const char *cpuset, int mode,
	const char *its_nodes, const char *belongs)
{
	struct kt_err err = {0};
	cr_assert_eq(resolve(p, cpuset, &err), 0, "%s", err.text);
	KT_AUTOFREE char *given = kt_cpus_text(&resolved.nodes);
	KT_AUTOFREE char *where = kt_cpus_text(&nodes);
	cr_expect_eq(resolved.mode, mode);
	cr_expect_eq(resolved.flags, p->flags);
	cr_expect_str_eq(given, its_nodes);
	cr_expect_str_eq(where, belongs);
}

static void expect_error(
	const struct ktstr_mempolicy *p, const char *cpuset, const char *text, const char *fix)
{
	struct kt_err err = {0};
	cr_assert_eq(resolve(p, cpuset, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_expect_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

Test(mempolicy_rules, each_kind_is_a_mode_of_the_kernel)
{
	const struct ktstr_mempolicy preferred = MEM_PREFERRED("1"), bind = MEM_BIND("0-1"),
				     interleave = MEM_INTERLEAVE("0-1"), local = MEM_LOCAL,
				     many = MEM_PREFERRED_MANY("1"),
				     weighted = MEM_WEIGHTED_INTERLEAVE("0,1");
	expect_policy(&preferred, NULL, 1, "1", "1");
	expect_policy(&bind, NULL, 2, "0-1", "0-1");
	expect_policy(&interleave, NULL, 3, "0-1", "0-1");
	expect_policy(&local, NULL, 4, "", "");
	expect_policy(&many, NULL, 5, "1", "1");
	expect_policy(&weighted, NULL, 6, "0-1", "0-1");
	cr_expect(resolved.set);
}

Test(mempolicy_rules, the_default_sets_nothing)
{
	const struct ktstr_mempolicy unset = {0};
	expect_policy(&unset, "0", 0, "", "");
	cr_expect_not(resolved.set);
}

Test(mempolicy_rules, unknown_flags_are_refused_before_all_else)
{
	const struct ktstr_mempolicy p = MEM_BIND("9", .flags = 1u << 12 | KTSTR_MPOL_STATIC_NODES),
				     local = {.kind = KTSTR_MEMPOLICY_KIND_LOCAL, .flags = 1};
	expect_error(&p, NULL, "unknown bits 0x1000 (known are 0xe000)", "KTSTR_MPOL_STATIC_NODES");
	expect_error(&local, NULL, "unknown bits 0x1 ", "use only");
}

Test(mempolicy_rules, static_and_relative_exclude_each_other)
{
	const struct ktstr_mempolicy p =
		MEM_BIND("0", .flags = KTSTR_MPOL_STATIC_NODES | KTSTR_MPOL_RELATIVE_NODES);
	expect_error(&p, NULL, "exclude each other", "within those of the cgroup");
}

Test(mempolicy_rules, flags_need_nodes_and_a_policy_that_takes_them)
{
	const struct ktstr_mempolicy none = {.flags = KTSTR_MPOL_STATIC_NODES},
				     local = {.kind = KTSTR_MEMPOLICY_KIND_LOCAL,
					     .flags = KTSTR_MPOL_RELATIVE_NODES},
				     balancing = MEM_INTERLEAVE(
					     "0", .flags = KTSTR_MPOL_NUMA_BALANCING),
				     fine = MEM_BIND("0", .flags = KTSTR_MPOL_NUMA_BALANCING);
	expect_error(&none, NULL, "mean nothing without nodes", "drop the flags");
	expect_error(&local, NULL, "mean nothing without nodes", "drop the flags");
	expect_error(&balancing, NULL, "KTSTR_MEM_INTERLEAVE: the kernel takes", "KTSTR_MEM_BIND");
	expect_policy(&fine, NULL, 2, "0", "0");
}

Test(mempolicy_rules, nodes_are_as_many_as_the_policy_takes)
{
	const struct ktstr_mempolicy local = {.kind = KTSTR_MEMPOLICY_KIND_LOCAL, .nodes = "0"},
				     unset = {.nodes = "1"}, two = MEM_PREFERRED("0-1"),
				     no_one = MEM_PREFERRED(""), none = MEM_BIND(""),
				     missing = {.kind = KTSTR_MEMPOLICY_KIND_INTERLEAVE};
	expect_error(&local, NULL, "nodes \"0\" for a policy that takes none", "drop the nodes");
	expect_error(&unset, NULL, "nodes \"1\" for a policy that takes none", "KTSTR_MEM_BIND");
	expect_error(&two, NULL, "2 nodes, where it takes 1", "KTSTR_MEM_PREFERRED_MANY");
	expect_error(&no_one, NULL, "0 nodes, where it takes 1", "one node");
	expect_error(&none, NULL, "KTSTR_MEM_BIND: the list of nodes is empty", "such as");
	expect_error(&missing, NULL, "the list of nodes is empty", "such as");
}

Test(mempolicy_rules, a_list_that_is_none_is_refused)
{
	const struct ktstr_mempolicy p = MEM_BIND("one");
	expect_error(&p, NULL, "memory policy: ", "list nodes as in");
}

Test(mempolicy_rules, nodes_must_exist_with_static_too)
{
	const struct ktstr_mempolicy p = MEM_BIND("1-2"),
				     fixed = MEM_PREFERRED("7", .flags = KTSTR_MPOL_STATIC_NODES);
	expect_error(&p, NULL, "topology 2n2l2c1t has no node 2", "use nodes 0-1");
	expect_error(&fixed, "0", "topology 2n2l2c1t has no node 7", "larger topology");
}

Test(mempolicy_rules, a_policy_outside_the_cpuset_has_two_remedies)
{
	const struct ktstr_mempolicy p = MEM_BIND("0-1");
	expect_error(&p, "0-1",
		"the cgroup's CPUs 0-1 are on nodes 0, so the memory on nodes 1 would all be "
		"remote",
		"add .flags = KTSTR_MPOL_STATIC_NODES if remote memory is meant, or widen the "
		"cpuset to CPUs of nodes 1, such as KTSTR_CPUS_NUMA(1)");
	expect_policy(&p, "1-2", 2, "0-1", "0-1");
	expect_policy(&p, NULL, 2, "0-1", "0-1");
}

Test(mempolicy_rules, static_nodes_say_that_remote_memory_is_meant)
{
	const struct ktstr_mempolicy p = MEM_BIND("1", .flags = KTSTR_MPOL_STATIC_NODES);
	expect_policy(&p, "0-1", 2, "1", "1");
}

Test(mempolicy_rules, relative_nodes_are_not_checked_and_count_around)
{
	const struct ktstr_mempolicy p = MEM_BIND("3", .flags = KTSTR_MPOL_RELATIVE_NODES);
	expect_policy(&p, "0", 2, "3", "1");
}

Test(mempolicy_rules, a_kind_nobody_knows_is_refused)
{
	const struct ktstr_mempolicy p = {.kind = 77};
	expect_error(&p, NULL, "77 is no kind of memory policy", "KTSTR_MEM_");
}
