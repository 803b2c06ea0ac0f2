/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's page tables, read from outside: one address, or everything a table maps. The
 * tables are the guest's and may hold anything: addresses outside of RAM end a path, and a
 * walk reads each page of RAM as a table at most once, so that loops end too.
 */
#pragma once

#include <linux/kvm.h>

#include "vmm/memory.h"

struct kt_x86_paging {
	uint64_t root;	 /* guest-physical, of the top table */
	unsigned levels; /* 4 or 5; 0: paging is off; 1: tables of 32-bit code, not read here */
};

struct kt_x86_paging kt_x86_paging_of(const struct kvm_sregs *sregs);

/* false: not mapped, or by a table outside of RAM. *RET may lie outside of RAM. */
bool kt_x86_translate(const struct kt_vmm_mem *mem, const struct kt_x86_paging *paging,
	uint64_t linear, uint64_t *ret_gpa);

/* LINEAR maps to GPA, and so on for BYTES. */
struct kt_x86_run {
	uint64_t linear, gpa, bytes;
};

/* Takes one run; anything but 0 ends the walk. */
typedef int kt_x86_run_fn(void *arg, const struct kt_x86_run *run);

/*
 * Give FN all that is mapped from FROM to LAST, by rising address and joined where both sides
 * go on without a gap. Nothing where paging is off. What a table maps that appears more than
 * once is given where it appears first. Returns what FN ended it with, -ENOMEM, or -E2BIG
 * after 65536 tables.
 */
int kt_x86_walk(const struct kt_vmm_mem *mem, const struct kt_x86_paging *paging, uint64_t from,
	uint64_t last, kt_x86_run_fn *fn, void *arg);
