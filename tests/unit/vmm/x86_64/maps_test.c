// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/x86_64/maps.h"

#include "unit/vmm/x86_64/tables.h"

#define VMALLOC 0xffffc90000000000ull

TestSuite(maps, .init = tables_setup, .fini = tables_teardown);

static struct kt_x86_maps find(struct kt_x86_state *cpus, unsigned count)
{
	struct kt_x86_maps maps;
	cr_assert_eq(kt_x86_maps_find(&mem, cpus, count, &maps, NULL), 0);
	return maps;
}

static struct kt_x86_maps find_one(uint64_t root, unsigned levels)
{
	struct kt_x86_state cpu = {.sregs = sregs_of(root, levels)};
	return find(&cpu, 1);
}

static void map_ram(unsigned levels, uint64_t base)
{
	for (uint64_t gpa = 0; gpa < mem.bytes; gpa += 2 * MIB)
		map(levels, 2, base + gpa, gpa);
}

static bool has(const struct kt_x86_maps *maps, uint64_t linear, uint64_t gpa, uint64_t bytes)
{
	kt_vec_each(run, &maps->runs)
		if (run->linear == linear && run->gpa == gpa && run->bytes == bytes)
			return true;
	return false;
}

Test(maps, image_direct_map_and_vmalloc_are_listed)
{
	map_ram(4, DIRECT_MAP);
	map(4, 2, IMAGE + 16 * MIB, 16 * MIB);
	map(4, 1, VMALLOC, 0x9000);
	struct kt_x86_maps maps = find_one(ROOT, 4);
	cr_assert_eq(maps.direct_map, DIRECT_MAP);
	cr_assert_eq(maps.runs.count, 3);
	cr_assert(has(&maps, DIRECT_MAP, 0, mem.bytes));
	cr_assert(has(&maps, IMAGE + 16 * MIB, 16 * MIB, 2 * MIB));
	cr_assert(has(&maps, VMALLOC, 0x9000, 0x1000));
	cr_assert(!maps.cut);
	kt_x86_maps_done(&maps);
}

Test(maps, a_randomised_direct_map_of_five_levels_is_found)
{
	map_ram(5, 0xff48000000000000ull + 5 * GIB);
	struct kt_x86_maps maps = find_one(ROOT, 5);
	cr_assert_eq(maps.direct_map, 0xff48000000000000ull + 5 * GIB);
	kt_x86_maps_done(&maps);
}

Test(maps, holes_in_the_direct_map_are_filled)
{
	for (uint64_t gpa = 0; gpa < mem.bytes; gpa += 4 * MIB)
		map(4, 2, DIRECT_MAP + gpa, gpa);
	struct kt_x86_maps maps = find_one(ROOT, 4);
	cr_assert_eq(maps.runs.count, 1);
	cr_assert(has(&maps, DIRECT_MAP, 0, mem.bytes));
	kt_x86_maps_done(&maps);
}

Test(maps, without_a_direct_map_ram_is_listed_as_it_is)
{
	map(4, 2, IMAGE + 16 * MIB, 16 * MIB); /* as early in the boot */
	struct kt_x86_maps maps = find_one(ROOT, 4);
	cr_assert_eq(maps.direct_map, 0);
	cr_assert(has(&maps, 0, 0, mem.bytes));
	cr_assert(has(&maps, IMAGE + 16 * MIB, 16 * MIB, 2 * MIB));
	kt_x86_maps_done(&maps);

	struct kt_x86_state off = {0};
	maps = find(&off, 1);
	cr_assert_eq(maps.runs.count, 1);
	cr_assert(has(&maps, 0, 0, mem.bytes));
	kt_x86_maps_done(&maps);
}

Test(maps, a_cpu_that_does_not_know_the_kernel_is_passed_over)
{
	map_ram(4, DIRECT_MAP);
	struct kt_x86_state cpus[3] = {
		{.mp_state = KVM_MP_STATE_UNINITIALIZED},
		{.sregs = sregs_of(0x3000000ull, 4)}, /* empty tables */
		{.sregs = sregs_of(ROOT, 4)},
	};
	struct kt_x86_maps maps = find(cpus, 3);
	cr_assert_eq(maps.direct_map, DIRECT_MAP);
	kt_x86_maps_done(&maps);
}

Test(maps, tables_of_user_mode_lead_to_those_of_the_kernel)
{
	map_ram(4, DIRECT_MAP);
	uint64_t kernel = 48 * MIB, user = kernel + 0x1000;
	memcpy(entry_at(kernel, 0), entry_at(ROOT, 0), 4096);
	*entry_at(user, 511) = 0;
	struct kt_x86_maps maps = find_one(user | 0x7, 4);
	cr_assert_eq(maps.direct_map, DIRECT_MAP);
	kt_x86_maps_done(&maps);
}

Test(maps, devices_are_left_out)
{
	map_ram(4, DIRECT_MAP);
	map(4, 1, VMALLOC, 0xfee00000);
	map(4, 2, VMALLOC + 2 * MIB, 1ull << 50);
	map(4, 3, VMALLOC + GIB, 0); /* a page larger than RAM */
	struct kt_x86_maps maps = find_one(ROOT, 4);
	cr_assert_eq(maps.runs.count, 2);
	cr_assert(has(&maps, VMALLOC + GIB, 0, mem.bytes));
	kt_x86_maps_done(&maps);
}

Test(maps, a_list_that_grows_too_long_is_cut_and_says_so)
{
	map_ram(4, DIRECT_MAP);
	/* Each page of a table of tables maps the same page: no two can be joined. */
	next_table = 8 * MIB;
	for (uint64_t i = 0; i < KT_X86_MAPS_MAX + 10; i++)
		map(4, 1, VMALLOC + i * 0x1000, 0x5000);
	struct kt_x86_maps maps = find_one(ROOT, 4);
	cr_assert(maps.cut);
	cr_assert_eq(maps.runs.count, KT_X86_MAPS_MAX);
	cr_assert(has(&maps, DIRECT_MAP, 0, mem.bytes), "RAM comes first");
	kt_x86_maps_done(&maps);
}
