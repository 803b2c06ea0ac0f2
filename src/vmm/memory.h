/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest RAM: one memfd, mapped shared, seen by the guest as one or two ranges around the
 * device gap. All access to guest-physical addresses goes through kt_vmm_mem_at().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "vmm/vm.h"

#define KT_VMM_RANGES_MAX 2u

/* Zero bytes with fd -1 are "no memory". */
struct kt_vmm_mem {
	int fd;
	void *map;
	uint64_t bytes;
	struct kt_vm_range ranges[KT_VMM_RANGES_MAX];
	unsigned range_count;
};

/* BYTES is a multiple of 4096. Pages are taken from the host when first touched. */
int kt_vmm_mem_init(struct kt_vmm_mem *mem, uint64_t bytes, struct kt_err *err);
void kt_vmm_mem_done(struct kt_vmm_mem *mem);

/* Host address of LEN bytes of RAM from GPA on; NULL unless all of them lie in one range. */
void *kt_vmm_mem_at(const struct kt_vmm_mem *mem, uint64_t gpa, uint64_t len);

/* GPA of the byte at OFFSET of the memfd, which must lie inside. */
uint64_t kt_vmm_mem_gpa(const struct kt_vmm_mem *mem, uint64_t offset);

/*
 * The next part, from OFFSET of the memfd on, that the host has pages for; the rest reads as
 * zero and is better not read, because reading takes pages too. false: none follows.
 */
bool kt_vmm_mem_next_data(
	const struct kt_vmm_mem *mem, uint64_t offset, uint64_t *ret_from, uint64_t *ret_end);
