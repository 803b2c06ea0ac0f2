// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/bus.h"

#include <criterion/criterion.h>
#include <errno.h>

struct seen {
	unsigned calls;
	uint64_t offset;
	unsigned size;
	bool is_write;
};

static void record(void *dev, uint64_t offset, void *data, unsigned size, bool is_write)
{
	struct seen *seen = dev;
	*seen = (struct seen){seen->calls + 1, offset, size, is_write};
	if (!is_write)
		*(uint8_t *)data = 0x42;
}

Test(bus, access_reaches_the_range_with_its_offset)
{
	struct seen seen = {0};
	struct kt_vmm_bus bus = {0};
	uint32_t data = 0;
	cr_assert_eq(kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){100, 8, record, &seen}), 0);
	kt_vmm_bus_access(&bus, 104, &data, 4, false);
	cr_assert_eq(seen.calls, 1);
	cr_assert_eq(seen.offset, 4);
	cr_assert_eq(seen.size, 4);
	cr_assert_not(seen.is_write);
	cr_assert_eq(data, 0x42);
}

Test(bus, access_to_nothing_reads_ones_and_is_counted)
{
	struct kt_vmm_bus bus = {0};
	uint32_t data = 0;
	kt_vmm_bus_access(&bus, 0x80, &data, 2, false);
	cr_assert_eq(data, 0xffff);
	kt_vmm_bus_access(&bus, 0x80, &data, 4, true);
	cr_assert_eq(data, 0xffff);
	cr_assert_eq(bus.unknown, 2);
}

Test(bus, access_across_the_end_of_a_range_does_not_reach_it)
{
	struct seen seen = {0};
	struct kt_vmm_bus bus = {0};
	uint32_t data = 0;
	kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){100, 8, record, &seen});
	kt_vmm_bus_access(&bus, 106, &data, 4, false);
	kt_vmm_bus_access(&bus, 98, &data, 4, false);
	cr_assert_eq(seen.calls, 0);
	cr_assert_eq(bus.unknown, 2);
}

Test(bus, overlapping_ranges_are_refused_and_the_table_ends)
{
	struct kt_vmm_bus bus = {0};
	cr_assert_eq(kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){100, 8, record, NULL}), 0);
	cr_assert_eq(
		kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){107, 1, record, NULL}), -EEXIST);
	cr_assert_eq(kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){93, 8, record, NULL}), -EEXIST);
	cr_assert_eq(kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){92, 8, record, NULL}), 0);
	for (unsigned i = bus.count; i < KT_VMM_BUS_RANGES_MAX; i++)
		cr_assert_eq(
			kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){1000 + i, 1, record, NULL}),
			0);
	cr_assert_eq(
		kt_vmm_bus_add(&bus, (struct kt_vmm_bus_range){5000, 1, record, NULL}), -ENOSPC);
}
