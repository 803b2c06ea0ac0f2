/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a stopped Linux guest has its RAM in its kernel's address space: kernel image, direct
 * map, and what vmalloc mapped (stacks among it). Found in the page tables alone, so KASLR
 * does not matter, and neither does the kernel's version.
 */
#pragma once

#include "base/vec.h"
#include "vmm/x86_64/pages.h"
#include "vmm/x86_64/state.h"

/* Bounded, because debuggers search the list from its begin for each access. */
#define KT_X86_MAPS_MAX 32768u

struct kt_x86_maps {
	KT_VEC(struct kt_x86_run)
	runs;		     /* all in RAM: the direct map, image and modules, the rest */
	uint64_t direct_map; /* address of guest-physical 0; 0: there is none */
	bool cut;	     /* there is more than the list or the walk may hold */
};

/*
 * Where no CPU's tables have a direct map (early in the boot, destroyed, paging off), RAM is
 * listed at its guest-physical addresses, so that all of it is in the list in any case.
 * -ENOMEM.
 */
int kt_x86_maps_find(const struct kt_vmm_mem *mem, const struct kt_x86_state *cpus, unsigned count,
	struct kt_x86_maps *ret, struct kt_err *err);
void kt_x86_maps_done(struct kt_x86_maps *maps);
