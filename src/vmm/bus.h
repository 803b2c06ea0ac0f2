/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of address ranges and their devices: one for ports, one for memory-mapped I/O. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define KT_VMM_BUS_RANGES_MAX 16u

/* One access of SIZE (1 to 8) bytes at OFFSET of the range; a read fills DATA. */
typedef void kt_vmm_io(void *dev, uint64_t offset, void *data, unsigned size, bool is_write);

struct kt_vmm_bus_range {
	uint64_t base, bytes;
	kt_vmm_io *io;
	void *dev;
};

/* Zero bytes are an empty bus. */
struct kt_vmm_bus {
	struct kt_vmm_bus_range ranges[KT_VMM_BUS_RANGES_MAX];
	unsigned count;
	uint64_t unknown; /* accesses that hit no range */
};

/* 0, -EEXIST when it overlaps another range, -ENOSPC. */
int kt_vmm_bus_add(struct kt_vmm_bus *bus, struct kt_vmm_bus_range range);
/* Reads that hit nothing give all ones, writes are dropped; both are counted. */
void kt_vmm_bus_access(
	struct kt_vmm_bus *bus, uint64_t addr, void *data, unsigned size, bool is_write);
