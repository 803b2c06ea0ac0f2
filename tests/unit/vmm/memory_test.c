// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/memory.h"

#include <criterion/criterion.h>

#include "vmm/x86_64/layout.h"

#define MIB (1ull << 20)

static struct kt_vmm_mem make(uint64_t bytes)
{
	struct kt_vmm_mem mem;
	cr_assert_eq(kt_vmm_mem_init(&mem, bytes, NULL), 0);
	return mem;
}

Test(memory, small_memory_is_one_range)
{
	struct kt_vmm_mem mem = make(4 * MIB);
	cr_assert_eq(mem.range_count, 1);
	cr_assert_eq(kt_vmm_mem_at(&mem, 0, 4 * MIB), mem.map);
	cr_assert_eq(kt_vmm_mem_at(&mem, 5, 1), (char *)mem.map + 5);
	cr_assert_null(kt_vmm_mem_at(&mem, 0, 4 * MIB + 1));
	cr_assert_null(kt_vmm_mem_at(&mem, 4 * MIB, 1));
	kt_vmm_mem_done(&mem);
}

Test(memory, lengths_that_wrap_around_are_refused)
{
	struct kt_vmm_mem mem = make(4 * MIB);
	cr_assert_null(kt_vmm_mem_at(&mem, 1, UINT64_MAX));
	cr_assert_null(kt_vmm_mem_at(&mem, UINT64_MAX, 1));
	cr_assert_null(kt_vmm_mem_at(&mem, UINT64_MAX, UINT64_MAX));
	kt_vmm_mem_done(&mem);
}

Test(memory, large_memory_leaves_the_device_gap)
{
	struct kt_vmm_mem mem = make(KT_X86_GAP + 8 * MIB);
	cr_assert_eq(mem.range_count, 2);
	cr_assert_not_null(kt_vmm_mem_at(&mem, KT_X86_GAP - 1, 1));
	cr_assert_null(kt_vmm_mem_at(&mem, KT_X86_GAP - 1, 2));
	cr_assert_null(kt_vmm_mem_at(&mem, KT_X86_VIRTIO_MMIO, 4));
	cr_assert_eq(kt_vmm_mem_at(&mem, KT_X86_GAP_END, 8 * MIB), (char *)mem.map + KT_X86_GAP);
	cr_assert_null(kt_vmm_mem_at(&mem, KT_X86_GAP_END + 8 * MIB - 1, 2));
	kt_vmm_mem_done(&mem);
}

Test(memory, offsets_of_the_file_map_around_the_gap)
{
	struct kt_vmm_mem mem = make(KT_X86_GAP + 8 * MIB);
	cr_assert_eq(kt_vmm_mem_gpa(&mem, 0), 0);
	cr_assert_eq(kt_vmm_mem_gpa(&mem, KT_X86_GAP - 1), KT_X86_GAP - 1);
	cr_assert_eq(kt_vmm_mem_gpa(&mem, KT_X86_GAP + 7), KT_X86_GAP_END + 7);
	kt_vmm_mem_done(&mem);
}

Test(memory, only_what_was_touched_is_data)
{
	struct kt_vmm_mem mem = make(8 * MIB);
	uint64_t from = 0, end = 0;
	cr_assert(!kt_vmm_mem_next_data(&mem, 0, &from, &end));
	((char *)mem.map)[5 * MIB + 1] = 1;
	cr_assert(kt_vmm_mem_next_data(&mem, 0, &from, &end));
	cr_assert_leq(from, 5 * MIB);
	cr_assert_gt(end, 5 * MIB);
	cr_assert(kt_vmm_mem_next_data(&mem, 5 * MIB, &from, &end));
	cr_assert_eq(from, 5 * MIB);
	cr_assert(!kt_vmm_mem_next_data(&mem, end, &from, &end));
	cr_assert(!kt_vmm_mem_next_data(&mem, 8 * MIB, &from, &end));
	kt_vmm_mem_done(&mem);
}
