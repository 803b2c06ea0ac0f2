// SPDX-License-Identifier: GPL-2.0-only
/* Affinities on a machine of 2 nodes, 2 LLCs and 2 cores of 2 threads: CPUs 0-3 and 4-7. */
#include "unit/scenario/scenario.h"

#include "base/mem.h"
#include "scenario/affinity_spec.h"

static const struct kt_topo machine = {.nodes = 2, .llcs = 2, .cores = 2, .threads = 2};
static const struct kt_topo no_smt = {.nodes = 1, .llcs = 1, .cores = 4, .threads = 1};

/* What worker INDEX gets with the CPUs of CPUSET, NULL: not confined. */
static void expect_cpus(
	const struct ktstr_affinity *spec, const char *cpuset, unsigned index, const char *expected)
{
	struct kt_cpus cpus, its;
	struct kt_affinity a;
	struct kt_err err = {0};
	if (cpuset)
		cr_assert_eq(kt_cpus_parse(cpuset, &cpus, &err), 0);
	cr_assert_eq(kt_affinity_resolve(&machine, spec, cpuset ? &cpus : NULL, &a, &err), 0, "%s",
		err.text);
	cr_assert(kt_affinity_of(&a, 1, index, &its));
	KT_AUTOFREE char *text = kt_cpus_text(&its);
	cr_expect_str_eq(text, expected, "worker %u", index);
}

static void expect_error(const struct kt_topo *topo, const struct ktstr_affinity *spec,
	const char *cpuset, const char *text, const char *fix)
{
	struct kt_cpus cpus;
	struct kt_affinity a;
	struct kt_err err = {0};
	if (cpuset)
		cr_assert_eq(kt_cpus_parse(cpuset, &cpus, &err), 0);
	cr_assert_eq(kt_affinity_resolve(topo, spec, cpuset ? &cpus : NULL, &a, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_expect_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

Test(affinity_spec, inherit_sets_none)
{
	struct ktstr_affinity spec = {0};
	struct kt_cpus its;
	struct kt_affinity a;
	struct kt_err err = {0};
	cr_assert_eq(kt_affinity_resolve(&machine, &spec, NULL, &a, &err), 0);
	cr_expect_not(kt_affinity_of(&a, 1, 0, &its));
}

Test(affinity_spec, exact_is_a_fixed_mask)
{
	struct ktstr_affinity spec = AFFINITY_EXACT("1,6");
	expect_cpus(&spec, NULL, 0, "1,6");
	expect_cpus(&spec, NULL, 5, "1,6");
}

Test(affinity_spec, exact_may_be_any_spec_of_cpus)
{
	struct ktstr_affinity spec = AFFINITY_CPUS(CPUS_NUMA(1));
	expect_cpus(&spec, NULL, 0, "4-7");
}

Test(affinity_spec, exact_in_a_cgroup_is_what_its_cpuset_has_of_it)
{
	struct ktstr_affinity spec = AFFINITY_EXACT("2-5");
	expect_cpus(&spec, "0-3", 0, "2-3");
}

Test(affinity_spec, exact_needs_cpus_of_the_machine_and_of_the_cpuset)
{
	struct ktstr_affinity spec = AFFINITY_EXACT("9"), empty = AFFINITY_EXACT(""),
			      other = AFFINITY_EXACT("4-5"),
			      unset = {.kind = KTSTR_AFFINITY_KIND_EXACT};
	expect_error(&machine, &spec, NULL, "has no CPU 9", "use some of 0-7");
	expect_error(&machine, &empty, NULL, "affinity: the list of CPUs is empty", "such as");
	expect_error(&machine, &unset, NULL, "affinity: no CPUs are given", "KTSTR_CPUS_");
	expect_error(&machine, &other, "0-3",
		"affinity to CPUs 4-5 has no CPU of the cgroup's cpuset 0-3", "widen");
}

Test(affinity_spec, random_draws_from_what_the_cpuset_has_of_the_pool)
{
	struct ktstr_affinity spec = AFFINITY_RANDOM("2-5", 1);
	struct kt_cpus cpuset = kt_cpus_range(0, 3), all = {0};
	struct kt_affinity a;
	struct kt_err err = {0};
	cr_assert_eq(kt_affinity_resolve(&machine, &spec, &cpuset, &a, &err), 0);
	for (uint64_t seed = 1; seed < 50; seed++) {
		struct kt_cpus its;
		cr_assert(kt_affinity_of(&a, seed, 0, &its));
		cr_assert_eq(kt_cpus_count(&its), 1);
		kt_cpus_add(&all, (unsigned)kt_cpus_nth(&its, 0));
	}
	KT_AUTOFREE char *text = kt_cpus_text(&all);
	cr_expect_str_eq(text, "2-3");
}

Test(affinity_spec, random_takes_any_spec_as_its_pool_and_clamps_the_count)
{
	struct ktstr_affinity spec = AFFINITY_RANDOM_OF(CPUS_LLC(1), 100);
	expect_cpus(&spec, NULL, 0, "4-7");
}

Test(affinity_spec, random_of_nothing_is_refused)
{
	struct ktstr_affinity none = AFFINITY_RANDOM("0-3", 0), empty = AFFINITY_RANDOM("", 1),
			      other = AFFINITY_RANDOM("4-7", 1);
	expect_error(&machine, &none, NULL, "affinity to 0 random CPUs", "at least 1 CPU");
	expect_error(&machine, &empty, NULL, "the list of CPUs is empty", "at least one CPU");
	expect_error(&machine, &other, "0-1", "has no CPU of the cgroup's cpuset 0-1", "widen");
}

Test(affinity_spec, single_is_the_first_of_the_cpuset)
{
	struct ktstr_affinity spec = AFFINITY_SINGLE;
	expect_cpus(&spec, "5-7", 0, "5");
	expect_cpus(&spec, "5-7", 3, "5");
	expect_cpus(&spec, NULL, 0, "0");
}

Test(affinity_spec, each_worker_has_the_next_llc_of_the_cpuset)
{
	struct ktstr_affinity spec = AFFINITY_LLC;
	expect_cpus(&spec, "2-5", 0, "2-3");
	expect_cpus(&spec, "2-5", 1, "4-5");
	expect_cpus(&spec, "2-5", 2, "2-3");
	expect_cpus(&spec, "6", 1, "6");
	expect_cpus(&spec, NULL, 1, "4-6"); /* one CPU is kept for the harness */
}

Test(affinity_spec, cross_cgroup_is_all_cpus_whatever_the_cpuset)
{
	struct ktstr_affinity spec = AFFINITY_CROSS_CGROUP;
	expect_cpus(&spec, "2", 0, "0-7");
}

Test(affinity_spec, an_smt_pair_is_two_threads_of_one_core)
{
	struct ktstr_affinity spec = AFFINITY_SMT_PAIR;
	expect_cpus(&spec, NULL, 0, "0-1");
	expect_cpus(&spec, NULL, 1, "0-1");
	expect_cpus(&spec, "1-3", 0, "2-3");
}

Test(affinity_spec, without_an_smt_pair_nothing_else_is_taken)
{
	struct ktstr_affinity spec = AFFINITY_SMT_PAIR;
	expect_error(&machine, &spec, "1-2,5",
		"no core of topology 2n2l2c2t has two threads "
		"among CPUs 1-2,5",
		"both threads of a core");
	expect_error(&no_smt, &spec, NULL, "topology 1n1l4c1t has 1 thread per core",
		"2 threads per core");
}

Test(affinity_spec, a_cgroup_whose_cpus_came_out_empty_is_refused)
{
	struct ktstr_affinity spec = AFFINITY_SINGLE;
	expect_error(&machine, &spec, "", "its cgroup has no CPUs", "widen the cpuset");
}

Test(affinity_spec, a_kind_nobody_knows_is_refused)
{
	struct ktstr_affinity spec = {.kind = 99};
	expect_error(&machine, &spec, NULL, "99 is no kind of affinity", "KTSTR_AFFINITY_");
}
