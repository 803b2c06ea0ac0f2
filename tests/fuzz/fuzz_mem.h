/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory for fuzz targets: two ranges around a gap like those of a large machine, each
 * from malloc, so that ASan sees the byte behind its end.
 */
#pragma once

#include "fuzz/fuzz.h"
#include "vmm/memory.h"
#include "vmm/x86_64/layout.h"

static inline struct kt_vmm_mem fuzz_mem(size_t low_bytes, size_t high_bytes)
{
	struct kt_vmm_mem mem = {.fd = -1, .bytes = low_bytes + high_bytes, .range_count = 2};
	mem.ranges[0] = (struct kt_vm_range){.bytes = low_bytes, .host = calloc(1, low_bytes)};
	mem.ranges[1] = (struct kt_vm_range){
		.gpa = KT_X86_GAP_END, .bytes = high_bytes, .host = calloc(1, high_bytes)};
	FUZZ_CHECK(mem.ranges[0].host && mem.ranges[1].host);
	return mem;
}

static inline void fuzz_mem_done(struct kt_vmm_mem *mem)
{
	for (unsigned i = 0; i < mem->range_count; i++)
		free(mem->ranges[i].host);
}
