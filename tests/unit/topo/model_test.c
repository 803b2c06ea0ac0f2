// SPDX-License-Identifier: GPL-2.0-only
/* Counts, places and APIC ids of a topology agree with each other. */
#include "topo/model.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

static const struct kt_topo sizes[] = {
	{1, 1, 1, 1},
	{1, 1, 4, 1},
	{1, 2, 4, 1},
	{2, 2, 2, 2},
	{2, 4, 4, 2},
	{1, 1, 3, 2},
	{3, 3, 5, 3},
	{1, 1, 1, 2},
	{2, 6, 3, 1},
	{1, 1, 512, 1},
	{4, 64, 4, 2},
	{1, 512, 1, 1},
};

Test(model, good_counts_are_accepted)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(sizes); i++)
		cr_assert_eq(kt_topo_check(&sizes[i], NULL), 0, "row %zu", i);
}

Test(model, bad_counts_are_refused_with_their_numbers)
{
	static const struct {
		struct kt_topo t;
		const char *text;
	} bad[] = {
		{{0, 1, 1, 1}, "0n1l1c1t"},
		{{1, 0, 1, 1}, "at least 1"},
		{{1, 1, 0, 1}, "at least 1"},
		{{1, 1, 1, 0}, "at least 1"},
		{{2, 3, 1, 1}, "3 LLCs cannot be shared evenly by 2 nodes"},
		{{2, 1, 1, 1}, "1 LLC cannot be shared evenly by 2 nodes"},
		{{1, 1, 513, 1}, "more than 512 CPUs"},
		{{1, 2, 128, 3}, "more than 512 CPUs"},
		{{1, 65536, 65536, 1}, "more than 512 CPUs"},
		{{1, 0xffffffff, 0xffffffff, 0xffffffff}, "more than 512 CPUs"},
		{{1, 1, 1, 0xffffffff}, "more than 512 CPUs"},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++) {
		struct kt_err err = {0};
		cr_assert_eq(kt_topo_check(&bad[i].t, &err), -EINVAL, "row %zu", i);
		cr_assert_not_null(strstr(err.text, bad[i].text), "row %zu: %s", i, err.text);
		cr_assert_neq(err.fix[0], '\0');
	}
}

Test(model, places_run_threads_first)
{
	const struct kt_topo t = {.nodes = 2, .llcs = 4, .cores = 2, .threads = 2};
	cr_assert_eq(kt_topo_cpu_count(&t), 16);
	static const struct kt_topo_place expected[] = {
		{0, 0, 0, 0},
		{0, 0, 0, 1},
		{0, 0, 1, 0},
		{0, 0, 1, 1},
		{0, 1, 2, 0},
		{0, 1, 2, 1},
		{0, 1, 3, 0},
		{0, 1, 3, 1},
		{1, 2, 4, 0},
		{1, 2, 4, 1},
		{1, 2, 5, 0},
		{1, 2, 5, 1},
		{1, 3, 6, 0},
		{1, 3, 6, 1},
		{1, 3, 7, 0},
		{1, 3, 7, 1},
	};
	for (unsigned cpu = 0; cpu < 16; cpu++) {
		struct kt_topo_place at = kt_topo_place(&t, cpu);
		cr_assert_eq(memcmp(&at, &expected[cpu], sizeof(at)), 0, "CPU %u", cpu);
	}
}

Test(model, sets_hold_exactly_the_cpus_of_their_place)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(sizes); i++) {
		const struct kt_topo *t = &sizes[i];
		struct kt_cpus all = kt_topo_all_cpus(t);
		cr_assert_eq(kt_cpus_count(&all), kt_topo_cpu_count(t));
		for (unsigned cpu = 0; cpu < kt_topo_cpu_count(t); cpu++) {
			struct kt_topo_place at = kt_topo_place(t, cpu);
			struct kt_cpus node = kt_topo_node_cpus(t, at.node);
			struct kt_cpus llc = kt_topo_llc_cpus(t, at.llc);
			struct kt_cpus core = kt_topo_core_cpus(t, at.core);
			cr_assert(kt_cpus_has(&core, cpu), "row %zu CPU %u", i, cpu);
			cr_assert(kt_cpus_subset(&core, &llc));
			cr_assert(kt_cpus_subset(&llc, &node));
			cr_assert(kt_cpus_subset(&node, &all));
			cr_assert_eq(kt_cpus_count(&core), t->threads);
			cr_assert_eq(kt_cpus_count(&llc), t->cores * t->threads);
		}
	}
}

Test(model, places_stay_within_the_counts)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(sizes); i++) {
		const struct kt_topo *t = &sizes[i];
		struct kt_topo_place last = kt_topo_place(t, kt_topo_cpu_count(t) - 1);
		cr_assert_eq(last.node, t->nodes - 1);
		cr_assert_eq(last.llc, t->llcs - 1);
		cr_assert_eq(last.core, t->llcs * t->cores - 1);
		cr_assert_eq(last.thread, t->threads - 1);
	}
}

Test(model, apic_ids_have_gaps_where_a_count_is_no_power_of_two)
{
	const struct kt_topo t = {.nodes = 1, .llcs = 2, .cores = 3, .threads = 2};
	static const uint32_t expected[] = {0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13};
	cr_assert_eq(kt_topo_thread_bits(&t), 1);
	cr_assert_eq(kt_topo_core_bits(&t), 2);
	for (unsigned cpu = 0; cpu < 12; cpu++)
		cr_assert_eq(kt_topo_apic_id(&t, cpu), expected[cpu], "CPU %u", cpu);
}

Test(model, apic_ids_are_ascending_and_shift_to_their_place)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(sizes); i++) {
		const struct kt_topo *t = &sizes[i];
		unsigned tb = kt_topo_thread_bits(t), cb = kt_topo_core_bits(t);
		uint32_t before = 0;
		for (unsigned cpu = 0; cpu < kt_topo_cpu_count(t); cpu++) {
			struct kt_topo_place at = kt_topo_place(t, cpu);
			uint32_t id = kt_topo_apic_id(t, cpu);
			cr_assert(!cpu || id > before, "row %zu CPU %u", i, cpu);
			cr_assert_eq(id >> (tb + cb), at.llc);
			cr_assert_eq(id >> tb & ((1u << cb) - 1), at.core % t->cores);
			cr_assert_eq(id & ((1u << tb) - 1), at.thread);
			before = id;
		}
	}
}

Test(model, one_of_a_kind_needs_no_bits)
{
	const struct kt_topo t = {.nodes = 1, .llcs = 3, .cores = 1, .threads = 1};
	cr_assert_eq(kt_topo_thread_bits(&t), 0);
	cr_assert_eq(kt_topo_core_bits(&t), 0);
	cr_assert_eq(kt_topo_apic_id(&t, 2), 2);
}

/* Two LLCs of one core with two threads, numbered as x86 does: siblings far apart. */
static const struct kt_topo_map siblings_apart = {.cpu = {4, 6, 5, 7}, .node = {3}};

Test(model, a_map_gives_the_numbers_of_the_machine)
{
	const struct kt_topo t = {1, 2, 1, 2, &siblings_apart};
	struct kt_cpus llc = kt_topo_llc_cpus(&t, 1), all = kt_topo_all_cpus(&t);
	KT_AUTOFREE char *llc_text = kt_cpus_text(&llc);
	KT_AUTOFREE char *all_text = kt_cpus_text(&all);
	cr_assert_str_eq(llc_text, "5,7");
	cr_assert_str_eq(all_text, "4-7");
	cr_assert_eq(kt_topo_cpu(&t, 1), 6);
	cr_assert_eq(kt_topo_node_number(&t, 0), 3);
}

Test(model, the_place_of_a_mapped_cpu_is_found_by_its_number)
{
	const struct kt_topo t = {1, 2, 1, 2, &siblings_apart};
	struct kt_topo_place seven = kt_topo_place(&t, 7), six = kt_topo_place(&t, 6);
	cr_assert(seven.llc == 1 && seven.core == 1 && seven.thread == 1 && seven.node == 0);
	cr_assert(six.llc == 0 && six.core == 0 && six.thread == 1);
}

Test(model, without_a_map_numbers_are_the_order)
{
	const struct kt_topo t = {2, 2, 2, 1};
	cr_assert_eq(kt_topo_cpu(&t, 3), 3);
	cr_assert_eq(kt_topo_node_number(&t, 1), 1);
}
