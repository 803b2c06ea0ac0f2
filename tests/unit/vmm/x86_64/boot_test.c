// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/x86_64/boot.h"

#include <asm/e820.h>
#include <criterion/criterion.h>
#include <string.h>

#include "vmm/x86_64/layout.h"

#define MIB (1ull << 20)

static struct kt_vmm_mem mem;
static struct kt_vmm_image image = {.entry = 0x1000000, .end = 0x1800000};

static void make(uint64_t bytes)
{
	cr_assert_eq(kt_vmm_mem_init(&mem, bytes, NULL), 0);
}

static struct boot_params *zero_page(void)
{
	return kt_vmm_mem_at(&mem, KT_X86_BOOT_PARAMS, sizeof(struct boot_params));
}

static int write_boot(const void *initramfs, size_t bytes)
{
	struct kt_x86_boot boot = {.image = &image,
		.cmdline = "a b",
		.initramfs = initramfs,
		.initramfs_bytes = bytes};
	struct kt_err err;
	return kt_x86_boot_write(&mem, &boot, &err);
}

/* Walk the tables as the CPU would; only large pages are expected. */
static uint64_t translate(uint64_t at)
{
	uint64_t table = KT_X86_PAGE_TABLES;
	for (int shift = 39; shift >= 30; shift -= 9) {
		uint64_t *entries = kt_vmm_mem_at(&mem, table, 4096);
		uint64_t entry = entries[at >> shift & 511];
		cr_assert(entry & 1);
		table = entry & ~0xfffull;
	}
	uint64_t *entries = kt_vmm_mem_at(&mem, table, 4096);
	uint64_t entry = entries[at >> 21 & 511];
	cr_assert_eq(entry & 0x81, 0x81);
	return (entry & ~0x1fffffull) | (at & 0x1fffff);
}

Test(boot, the_first_four_gib_are_mapped_one_to_one)
{
	make(64 * MIB);
	cr_assert_eq(write_boot(NULL, 0), 0);
	const uint64_t probes[] = {0, 0x1234567, KT_X86_VIRTIO_MMIO, KT_X86_LAPIC, 0xffffffff};
	for (unsigned i = 0; i < 5; i++)
		cr_assert_eq(translate(probes[i]), probes[i]);
	kt_vmm_mem_done(&mem);
}

Test(boot, e820_tells_low_memory_tables_and_the_rest)
{
	make(64 * MIB);
	cr_assert_eq(write_boot(NULL, 0), 0);
	const struct boot_params *zero = zero_page();
	cr_assert_eq(zero->e820_entries, 4);
	uint64_t ram = 0;
	for (unsigned i = 0; i < zero->e820_entries; i++) {
		const struct boot_e820_entry *e = &zero->e820_table[i];
		if (i)
			cr_assert_geq(e->addr, e[-1].addr + e[-1].size);
		if (e->type == E820_RAM)
			ram += e->size;
		if (e->addr <= KT_X86_ACPI && KT_X86_ACPI < e->addr + e->size)
			cr_assert_eq(e->type, E820_RESERVED);
	}
	cr_assert_eq(ram, 63 * MIB + KT_X86_LOW_END);
	kt_vmm_mem_done(&mem);
}

Test(boot, e820_has_the_memory_above_the_gap)
{
	make(KT_X86_GAP + 16 * MIB);
	cr_assert_eq(write_boot(NULL, 0), 0);
	const struct boot_params *zero = zero_page();
	cr_assert_eq(zero->e820_entries, 5);
	cr_assert_eq(zero->e820_table[3].addr + zero->e820_table[3].size, KT_X86_GAP);
	cr_assert_eq(zero->e820_table[4].addr, KT_X86_GAP_END);
	cr_assert_eq(zero->e820_table[4].size, 16 * MIB);
	kt_vmm_mem_done(&mem);
}

Test(boot, command_line_and_tables_are_pointed_at)
{
	make(64 * MIB);
	cr_assert_eq(write_boot(NULL, 0), 0);
	const struct boot_params *zero = zero_page();
	cr_assert_str_eq(kt_vmm_mem_at(&mem, zero->hdr.cmd_line_ptr, 4), "a b");
	cr_assert_eq(zero->acpi_rsdp_addr, KT_X86_ACPI);
	cr_assert_eq(zero->hdr.ramdisk_size, 0);
	kt_vmm_mem_done(&mem);
}

Test(boot, initramfs_is_on_a_page_at_the_top_of_low_memory)
{
	make(64 * MIB);
	cr_assert_eq(write_boot("initramfs", 9), 0);
	const struct boot_params *zero = zero_page();
	cr_assert_eq(zero->hdr.ramdisk_image, 64 * MIB - 4096);
	cr_assert_eq(zero->hdr.ramdisk_size, 9);
	cr_assert_eq(memcmp(kt_vmm_mem_at(&mem, 64 * MIB - 4096, 9), "initramfs", 9), 0);
	kt_vmm_mem_done(&mem);
}

Test(boot, initramfs_respects_the_kernels_limit)
{
	make(64 * MIB);
	image.setup.initrd_addr_max = 48 * MIB - 1;
	cr_assert_eq(write_boot("x", 1), 0);
	cr_assert_eq(zero_page()->hdr.ramdisk_image, 48 * MIB - 4096);
	kt_vmm_mem_done(&mem);
}

Test(boot, initramfs_that_would_touch_the_kernel_is_refused)
{
	make(32 * MIB);
	size_t room = 32 * MIB - image.end;
	char *data = calloc(1, room + 1);
	cr_assert_eq(write_boot(data, room + 1), -ENOMEM);
	cr_assert_eq(write_boot(data, (size_t)64 * MIB), -ENOMEM);
	cr_assert_eq(write_boot(data, room), 0);
	free(data);
	kt_vmm_mem_done(&mem);
}
