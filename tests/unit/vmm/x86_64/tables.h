/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables made by hand in guest memory, for what reads them. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "vmm/x86_64/pages.h"

#define PRESENT	   3ull
#define LARGE	   0x80ull
#define NO_EXECUTE (1ull << 63)
#define MIB	   (1ull << 20)
#define GIB	   (1ull << 30)
#define ROOT	   0x1000ull
#define DIRECT_MAP 0xffff888000000000ull
#define IMAGE	   0xffffffff80000000ull

static struct kt_vmm_mem mem;
static uint64_t next_table;

static inline void tables_setup(void)
{
	cr_assert_eq(kt_vmm_mem_init(&mem, 64 * MIB, NULL), 0);
	next_table = ROOT + 0x1000;
}

static inline void tables_teardown(void)
{
	kt_vmm_mem_done(&mem);
}

static inline uint64_t *entry_at(uint64_t table, unsigned index)
{
	uint64_t *page = kt_vmm_mem_at(&mem, table, 4096);
	cr_assert_not_null(page);
	return &page[index];
}

/* LINEAR to GPA by one entry of level LEAF (1: 4 KiB, 2: 2 MiB, 3: 1 GiB). */
static inline void map(unsigned levels, unsigned leaf, uint64_t linear, uint64_t gpa)
{
	uint64_t table = ROOT;
	for (unsigned level = levels; level > leaf; level--) {
		uint64_t *entry = entry_at(table, linear >> (12 + 9 * (level - 1)) & 511);
		if (!*entry) {
			*entry = next_table | PRESENT;
			next_table += 0x1000;
		}
		table = *entry & ~0xfffull;
	}
	*entry_at(table, linear >> (12 + 9 * (leaf - 1)) & 511) =
		gpa | PRESENT | NO_EXECUTE | (leaf > 1 ? LARGE : 0);
}

static inline struct kt_x86_paging paging(unsigned levels)
{
	return (struct kt_x86_paging){ROOT, levels};
}

/* A CPU in the kernel with these tables. */
static inline struct kvm_sregs sregs_of(uint64_t root, unsigned levels)
{
	return (struct kvm_sregs){
		.cr0 = 0x80000001,
		.cr3 = root,
		.cr4 = 0x20 | (levels == 5 ? 0x1000 : 0),
		.efer = 0x500,
	};
}
