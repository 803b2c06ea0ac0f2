// SPDX-License-Identifier: GPL-2.0-only
/* Lookup is linear: a machine has fewer than ten ranges. */
#include "vmm/bus.h"

#include <errno.h>
#include <string.h>

int kt_vmm_bus_add(struct kt_vmm_bus *bus, struct kt_vmm_bus_range range)
{
	for (unsigned i = 0; i < bus->count; i++) {
		const struct kt_vmm_bus_range *other = &bus->ranges[i];
		if (range.base < other->base + other->bytes &&
			other->base < range.base + range.bytes)
			return -EEXIST;
	}
	if (bus->count == KT_VMM_BUS_RANGES_MAX)
		return -ENOSPC;
	bus->ranges[bus->count++] = range;
	return 0;
}

void kt_vmm_bus_access(
	struct kt_vmm_bus *bus, uint64_t addr, void *data, unsigned size, bool is_write)
{
	for (unsigned i = 0; i < bus->count; i++) {
		const struct kt_vmm_bus_range *range = &bus->ranges[i];
		if (addr < range->base || addr - range->base >= range->bytes)
			continue;
		if (size > range->bytes - (addr - range->base))
			break;
		range->io(range->dev, addr - range->base, data, size, is_write);
		return;
	}
	bus->unknown++;
	if (!is_write)
		memset(data, 0xff, size);
}
