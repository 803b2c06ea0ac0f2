// SPDX-License-Identifier: GPL-2.0-only
/* Every kind of cpuset on small and larger machines, and every reason to refuse one. */
#include "scenario/cpuset_spec.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Last: short names. */
#include <ktstr/ktstr.h>

static const struct kt_topo two_llcs = {1, 2, 4, 1};  /* 8 CPUs, 0-6 usable */
static const struct kt_topo two_nodes = {2, 4, 2, 2}; /* 16 CPUs, 0-14 usable */
static const struct kt_topo_map odd_cpus = {.cpu = {1, 3, 5, 7}};
static const struct kt_topo odd = {1, 2, 2, 1, &odd_cpus}; /* 4 CPUs, 1, 3 and 5 usable */
static const struct kt_topo tiny = {1, 1, 2, 1};	   /* 2 CPUs, both usable */

#define SPEC(...) ((struct ktstr_cpus)__VA_ARGS__)

static void expect(const struct kt_topo *topo, struct ktstr_cpus spec, const char *list)
{
	struct kt_cpus cpus;
	struct kt_err err = {0};
	cr_assert_eq(kt_cpuset_resolve(topo, &spec, &cpus, &err), 0, "%s", err.text);
	KT_AUTOFREE char *text = kt_cpus_text(&cpus);
	cr_assert_str_eq(text, list);
}

static void refuse(
	const struct kt_topo *topo, struct ktstr_cpus spec, const char *text, const char *fix)
{
	struct kt_cpus cpus;
	struct kt_err err = {0};
	cr_assert_eq(kt_cpuset_resolve(topo, &spec, &cpus, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, text), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "fix is '%s'", err.fix);
}

Test(cpuset_spec, the_highest_of_more_than_two_cpus_is_kept_for_the_harness)
{
	const struct kt_topo three = {1, 1, 3, 1};
	struct kt_cpus usable = kt_cpuset_usable(&three);
	struct kt_cpus expected = kt_cpus_range(0, 1);
	cr_assert(kt_cpus_equal(&usable, &expected));
}

Test(cpuset_spec, two_cpus_are_both_usable)
{
	struct kt_cpus usable = kt_cpuset_usable(&tiny);
	cr_assert_eq(kt_cpus_count(&usable), 2);
}

Test(cpuset_spec, an_llc_is_all_its_cpus_the_reserved_one_too)
{
	expect(&two_llcs, SPEC(CPUS_LLC(0)), "0-3");
	expect(&two_llcs, SPEC(CPUS_LLC(1)), "4-7");
}

Test(cpuset_spec, an_llc_the_machine_lacks_is_refused)
{
	refuse(&two_llcs, SPEC(CPUS_LLC(2)), "has 2 LLCs", "0..1");
}

Test(cpuset_spec, a_node_is_all_cpus_of_its_llcs)
{
	expect(&two_nodes, SPEC(CPUS_NUMA(1)), "8-15");
}

Test(cpuset_spec, a_node_the_machine_lacks_is_refused)
{
	refuse(&two_nodes, SPEC(CPUS_NUMA(2)), "has 2 nodes", "0..1");
}

Test(cpuset_spec, a_range_truncates_both_ends_over_the_usable_cpus)
{
	expect(&two_llcs, SPEC(CPUS_RANGE(0, 0.5)), "0-2");
	expect(&two_llcs, SPEC(CPUS_RANGE(0.5, 1)), "3-6");
}

Test(cpuset_spec, a_range_outside_zero_to_one_or_backward_is_refused)
{
	refuse(&two_llcs, SPEC(CPUS_RANGE(-0.1, 0.5)), "range -0.1..0.5", "0 <= from < to <= 1");
	refuse(&two_llcs, SPEC(CPUS_RANGE(0, 1.1)), "range 0..1.1", "0 <= from < to <= 1");
	refuse(&two_llcs, SPEC(CPUS_RANGE(0.5, 0.5)), "range 0.5..0.5", "from < to");
	refuse(&two_llcs, SPEC(CPUS_RANGE(NAN, 1)), "range", "from < to");
	refuse(&two_llcs, SPEC(CPUS_RANGE(0, INFINITY)), "range", "from < to");
}

Test(cpuset_spec, a_range_that_comes_out_empty_is_refused)
{
	refuse(&tiny, SPEC(CPUS_RANGE(0, 0.4)), "empty on topology 1n1l2c1t", "larger topology");
}

Test(cpuset_spec, the_last_disjoint_part_takes_the_remainder)
{
	expect(&two_llcs, SPEC(CPUS_DISJOINT(0, 2)), "0-2");
	expect(&two_llcs, SPEC(CPUS_DISJOINT(1, 2)), "3-6");
}

Test(cpuset_spec, parts_need_a_number_of_parts_an_index_below_it_and_cpus_for_each)
{
	struct ktstr_cpus none = {.kind = KTSTR_CPUS_KIND_DISJOINT};
	struct ktstr_cpus beyond = {.kind = KTSTR_CPUS_KIND_DISJOINT, .index = 2, .of = 2};
	refuse(&two_llcs, none, "0 parts", "at least 1");
	refuse(&two_llcs, beyond, "part 2 of 2", "count from 0");
	refuse(&two_llcs, SPEC(CPUS_DISJOINT(0, 8)), "only 7 usable", "fewer parts");
}

Test(cpuset_spec, an_overlap_widens_its_part_on_both_sides)
{
	expect(&two_nodes, SPEC(CPUS_OVERLAP(1, 3, 0.5)), "3-11");
}

Test(cpuset_spec, an_overlap_stops_at_the_first_and_last_usable_cpu)
{
	expect(&two_nodes, SPEC(CPUS_OVERLAP(0, 3, 1)), "0-9");
	expect(&two_nodes, SPEC(CPUS_OVERLAP(2, 3, 1)), "5-14");
}

Test(cpuset_spec, an_overlap_of_no_fraction_is_the_disjoint_part)
{
	expect(&two_llcs, SPEC(CPUS_OVERLAP(1, 2, 0)), "3-6");
}

Test(cpuset_spec, an_overlap_outside_zero_to_one_is_refused)
{
	refuse(&two_llcs, SPEC(CPUS_OVERLAP(0, 2, 1.5)), "overlap by 1.5", "0..1");
	refuse(&two_llcs, SPEC(CPUS_OVERLAP(0, 2, -1)), "overlap by -1", "0..1");
	refuse(&two_llcs, SPEC(CPUS_OVERLAP(0, 2, NAN)), "overlap by", "0..1");
}

Test(cpuset_spec, an_exact_list_may_name_the_reserved_cpu)
{
	expect(&two_llcs, SPEC(CPUS_EXACT("0,7")), "0,7");
}

Test(cpuset_spec, an_exact_list_must_name_cpus_of_the_machine)
{
	refuse(&two_llcs, SPEC(CPUS_EXACT("6-9")), "has no CPU 8-9", "use some of 0-7");
}

Test(cpuset_spec, an_empty_or_missing_list_is_refused)
{
	refuse(&two_llcs, SPEC(CPUS_EXACT("")), "is empty", "at least one CPU");
	refuse(&two_llcs, SPEC({.kind = KTSTR_CPUS_KIND_EXACT}), "is empty", "at least one CPU");
}

Test(cpuset_spec, a_malformed_list_is_refused)
{
	struct kt_cpus cpus;
	struct ktstr_cpus spec = CPUS_EXACT("0-x");
	struct kt_err err = {0};
	cr_assert_lt(kt_cpuset_resolve(&two_llcs, &spec, &cpus, &err), 0);
	cr_assert_gt(strlen(err.fix), 0);
}

Test(cpuset_spec, an_unset_or_unknown_kind_is_refused)
{
	refuse(&two_llcs, SPEC({.kind = KTSTR_CPUS_KIND_UNSET}), "no CPUs are given", "KTSTR_CPUS");
	refuse(&two_llcs, SPEC({.kind = 99}), "no CPUs are given", "KTSTR_CPUS");
}

Test(cpuset_spec, cpus_of_a_host_have_its_numbers)
{
	expect(&odd, SPEC(CPUS_LLC(1)), "5,7");
	expect(&odd, SPEC(CPUS_RANGE(0, 1)), "1,3,5");
	expect(&odd, SPEC(CPUS_DISJOINT(1, 3)), "3");
	expect(&odd, SPEC(CPUS_EXACT("3,7")), "3,7");
	refuse(&odd, SPEC(CPUS_EXACT("0-1")), "has no CPU 0", "use some of 1,3,5,7");
}
