// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/x86_64/pages.h"

#include "base/mem.h"
#include "unit/vmm/x86_64/tables.h"

TestSuite(pages, .init = tables_setup, .fini = tables_teardown);

struct got {
	struct kt_x86_run runs[64];
	unsigned count, stop_after;
};

static int take(void *arg, const struct kt_x86_run *run)
{
	struct got *got = arg;
	if (got->count < KT_ARRAY_LEN(got->runs))
		got->runs[got->count] = *run;
	got->count++;
	return got->stop_after && got->count == got->stop_after ? 7 : 0;
}

static int walk(struct got *got, unsigned levels, uint64_t from, uint64_t last)
{
	struct kt_x86_paging p = paging(levels);
	return kt_x86_walk(&mem, &p, from, last, take, got);
}

static void assert_run(
	const struct got *got, unsigned i, uint64_t linear, uint64_t gpa, uint64_t bytes)
{
	cr_assert_lt(i, got->count);
	cr_assert_eq(got->runs[i].linear, linear, "%llx", (unsigned long long)got->runs[i].linear);
	cr_assert_eq(got->runs[i].gpa, gpa, "%llx", (unsigned long long)got->runs[i].gpa);
	cr_assert_eq(got->runs[i].bytes, bytes, "%llx", (unsigned long long)got->runs[i].bytes);
}

static uint64_t translate(unsigned levels, uint64_t linear)
{
	struct kt_x86_paging p = paging(levels);
	uint64_t gpa = 0;
	return kt_x86_translate(&mem, &p, linear, &gpa) ? gpa : UINT64_MAX;
}

Test(pages, control_registers_say_how_addresses_are_translated)
{
	struct kvm_sregs s = sregs_of(ROOT | 0xfff, 4);
	cr_assert_eq(kt_x86_paging_of(&s).levels, 4);
	cr_assert_eq(kt_x86_paging_of(&s).root, ROOT);
	s = sregs_of(ROOT, 5);
	cr_assert_eq(kt_x86_paging_of(&s).levels, 5);
	s.efer = 0;
	cr_assert_eq(kt_x86_paging_of(&s).levels, 1);
	s.cr0 = 1;
	cr_assert_eq(kt_x86_paging_of(&s).levels, 0);
}

Test(pages, pages_of_all_sizes_are_translated)
{
	map(4, 1, IMAGE, 0x5000);
	map(4, 2, IMAGE + 2 * MIB, 4 * MIB | 0x1000); /* a flag, not a part of the address */
	map(4, 3, DIRECT_MAP, GIB);
	cr_assert_eq(translate(4, IMAGE + 0x123), 0x5123);
	cr_assert_eq(translate(4, IMAGE + 2 * MIB + 0x12345), 4 * MIB + 0x12345);
	cr_assert_eq(translate(4, DIRECT_MAP + 5 * MIB + 1), GIB + 5 * MIB + 1);
	cr_assert_eq(translate(4, IMAGE + 0x1000), UINT64_MAX);
	cr_assert_eq(translate(4, 0x1234), UINT64_MAX);
}

Test(pages, five_levels_are_translated)
{
	map(5, 1, 0xff11000000003000ull, 0x7000);
	cr_assert_eq(translate(5, 0xff11000000003abcull), 0x7abc);
	cr_assert_eq(translate(5, 0xff11000000004abcull), UINT64_MAX);
}

Test(pages, addresses_that_are_not_canonical_are_not_mapped)
{
	map(4, 1, DIRECT_MAP, 0x5000);
	cr_assert_eq(translate(4, DIRECT_MAP), 0x5000);
	cr_assert_eq(translate(4, DIRECT_MAP & 0x0000ffffffffffffull), UINT64_MAX);
	cr_assert_eq(translate(4, DIRECT_MAP & 0xff0fffffffffffffull), UINT64_MAX);
}

Test(pages, without_paging_an_address_is_its_own_translation)
{
	struct got got = {0};
	cr_assert_eq(translate(0, 0x1234), 0x1234);
	cr_assert_eq(translate(1, 0x1234), UINT64_MAX, "tables of 32-bit code are not read");
	cr_assert_eq(walk(&got, 0, 0, UINT64_MAX), 0);
	cr_assert_eq(got.count, 0);
}

Test(pages, neighbours_are_one_run_where_both_sides_go_on)
{
	struct got got = {0};
	map(4, 1, IMAGE, 0x5000);
	map(4, 1, IMAGE + 0x1000, 0x6000);
	map(4, 1, IMAGE + 0x2000, 0x8000); /* elsewhere */
	map(4, 1, IMAGE + 0x4000, 0x9000); /* after a gap */
	cr_assert_eq(walk(&got, 4, 0, UINT64_MAX), 0);
	cr_assert_eq(got.count, 3);
	assert_run(&got, 0, IMAGE, 0x5000, 0x2000);
	assert_run(&got, 1, IMAGE + 0x2000, 0x8000, 0x1000);
	assert_run(&got, 2, IMAGE + 0x4000, 0x9000, 0x1000);
}

Test(pages, runs_join_over_tables_and_sizes)
{
	struct got got = {0};
	map(4, 2, DIRECT_MAP + GIB - 2 * MIB, 30 * MIB);
	map(4, 1, DIRECT_MAP + GIB, 32 * MIB);
	cr_assert_eq(walk(&got, 4, 0, UINT64_MAX), 0);
	cr_assert_eq(got.count, 1);
	assert_run(&got, 0, DIRECT_MAP + GIB - 2 * MIB, 30 * MIB, 2 * MIB + 0x1000);
}

Test(pages, the_last_page_of_the_address_space_is_walked)
{
	struct got got = {0};
	map(5, 1, 0xfffffffffffff000ull, 0x5000);
	map(5, 1, 0, 0x6000);
	cr_assert_eq(walk(&got, 5, 0, UINT64_MAX), 0);
	cr_assert_eq(got.count, 2);
	assert_run(&got, 0, 0, 0x6000, 0x1000);
	assert_run(&got, 1, 0xfffffffffffff000ull, 0x5000, 0x1000);
}

Test(pages, a_walk_keeps_to_its_bounds)
{
	struct got got = {0};
	map(4, 1, 0, 0x5000);
	map(4, 2, DIRECT_MAP, 8 * MIB);
	map(4, 1, IMAGE, 0x6000);
	cr_assert_eq(walk(&got, 4, DIRECT_MAP + 0x3000, DIRECT_MAP + 0x4fff), 0);
	cr_assert_eq(got.count, 1);
	assert_run(&got, 0, DIRECT_MAP + 0x3000, 8 * MIB + 0x3000, 0x2000);
}

Test(pages, the_taker_can_end_a_walk)
{
	struct got got = {.stop_after = 2};
	for (unsigned i = 0; i < 6; i++)
		map(4, 1, IMAGE + i * 0x2000, 0x5000);
	cr_assert_eq(walk(&got, 4, 0, UINT64_MAX), 7);
	cr_assert_eq(got.count, 2);
}

Test(pages, tables_that_name_themselves_end)
{
	struct got got = {0};
	for (unsigned i = 0; i < 512; i++)
		*entry_at(ROOT, i) = ROOT | PRESENT;
	cr_assert_eq(walk(&got, 4, 0, UINT64_MAX), 0);
	cr_assert_eq(got.count, 0, "the root is not read again as a lower table");
	cr_assert_eq(translate(4, 0), ROOT);
}

Test(pages, a_table_used_by_many_is_walked_once)
{
	struct got got = {0};
	map(4, 1, DIRECT_MAP, 0x5000);
	uint64_t shared = *entry_at(ROOT, DIRECT_MAP >> 39 & 511);
	for (unsigned i = 256; i < 512; i++)
		*entry_at(ROOT, i) = shared;
	cr_assert_eq(walk(&got, 4, 0, UINT64_MAX), 0);
	cr_assert_eq(got.count, 1);
}

Test(pages, tables_outside_of_ram_end_a_path)
{
	struct got got = {0};
	struct kt_x86_paging nowhere = {1ull << 51, 4};
	uint64_t gpa;
	*entry_at(ROOT, 0) = 0x000ffffffffff000ull | PRESENT;
	*entry_at(ROOT, 1) = 64 * MIB | PRESENT; /* just past the end */
	cr_assert_eq(walk(&got, 4, 0, UINT64_MAX), 0);
	cr_assert_eq(kt_x86_walk(&mem, &nowhere, 0, UINT64_MAX, take, &got), 0);
	cr_assert_eq(got.count, 0);
	cr_assert_eq(translate(4, 0), UINT64_MAX);
	cr_assert(!kt_x86_translate(&mem, &nowhere, 0, &gpa));
}

Test(pages, garbage_ends_too)
{
	struct got got = {0};
	uint64_t x = 88172645463325252ull, *words = mem.map;
	for (uint64_t i = 0; i < mem.bytes / sizeof(*words); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		words[i] = x & (64 * MIB - 1); /* every second is present, all inside of RAM */
	}
	cr_assert_eq(walk(&got, 5, 0, UINT64_MAX), 0);
	cr_assert_gt(got.count, 0);
	cr_assert_leq(got.count, mem.bytes / 4096 * 512);
}
