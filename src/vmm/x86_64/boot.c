// SPDX-License-Identifier: GPL-2.0-only
/*
 * The 64-bit boot protocol of Linux (Documentation/arch/x86/boot.rst): a zero page in RSI, a
 * GDT with the boot segments, and page tables that map the first 4 GiB one to one.
 */
#include "vmm/x86_64/boot.h"

#include <asm/e820.h>
#include <string.h>

#include "vmm/x86_64/layout.h"

#define PAGE_BYTES	 4096u
#define PAGE_PRESENT_RW	 3ull
#define PAGE_LARGE	 0x80ull
#define INITRD_MAX	 0x7fffffffull /* where the header does not say */
#define PAGE_DIRECTORIES 4u

static void add_e820(struct boot_params *zero, uint64_t from, uint64_t to, uint32_t type)
{
	zero->e820_table[zero->e820_entries++] =
		(struct boot_e820_entry){.addr = from, .size = to - from, .type = type};
}

static void write_e820(const struct kt_vmm_mem *mem, struct boot_params *zero)
{
	add_e820(zero, 0, KT_X86_LOW_END, E820_RAM);
	add_e820(zero, KT_X86_LOW_END, 0xa0000, E820_RESERVED);
	add_e820(zero, KT_X86_ACPI, KT_X86_ACPI_END, E820_RESERVED);
	add_e820(zero, KT_X86_HIGH, mem->ranges[0].bytes, E820_RAM);
	for (unsigned i = 1; i < mem->range_count; i++)
		add_e820(zero, mem->ranges[i].gpa, mem->ranges[i].gpa + mem->ranges[i].bytes,
			E820_RAM);
}

/* As high as the kernel allows, so that it has room to unpack itself below. */
static int place_initramfs(const struct kt_vmm_mem *mem, const struct kt_x86_boot *boot,
	struct boot_params *zero, struct kt_err *err)
{
	uint64_t max = boot->image->setup.initrd_addr_max;
	uint64_t top = KT_MIN(mem->ranges[0].bytes, (max ? max : INITRD_MAX) + 1);
	if (!boot->initramfs_bytes)
		return 0;
	if (boot->initramfs_bytes > top || top - boot->initramfs_bytes < boot->image->end)
		return kt_fail(err, ENOMEM, "give the guest more memory",
			"initramfs of %zu KiB does not fit between the kernel's end at %llu MiB "
			"and %llu MiB",
			boot->initramfs_bytes >> 10, (unsigned long long)(boot->image->end >> 20),
			(unsigned long long)(top >> 20));
	uint64_t gpa = (top - boot->initramfs_bytes) & ~(uint64_t)(PAGE_BYTES - 1);
	void *at = kt_vmm_mem_at(mem, gpa, boot->initramfs_bytes);
	if (!at || gpa < boot->image->end)
		return kt_fail(err, ENOMEM, "give the guest more memory",
			"initramfs of %zu KiB does not fit", boot->initramfs_bytes >> 10);
	memcpy(at, boot->initramfs, boot->initramfs_bytes);
	zero->hdr.ramdisk_image = (uint32_t)gpa;
	zero->hdr.ramdisk_size = (uint32_t)boot->initramfs_bytes;
	return 0;
}

static int write_zero_page(
	const struct kt_vmm_mem *mem, const struct kt_x86_boot *boot, struct kt_err *err)
{
	struct boot_params *zero = kt_vmm_mem_at(mem, KT_X86_BOOT_PARAMS, sizeof(*zero));
	size_t cmdline_bytes = strlen(boot->cmdline) + 1;
	char *cmdline = kt_vmm_mem_at(mem, KT_X86_CMDLINE, cmdline_bytes);
	memset(zero, 0, sizeof(*zero));
	memcpy(cmdline, boot->cmdline, cmdline_bytes);
	zero->hdr = boot->image->setup;
	zero->hdr.cmd_line_ptr = KT_X86_CMDLINE;
	zero->hdr.cmdline_size = KT_X86_CMDLINE_BYTES - 1;
	zero->acpi_rsdp_addr = KT_X86_ACPI;
	write_e820(mem, zero);
	return place_initramfs(mem, boot, zero, err);
}

/* The segments of boot.rst: __BOOT_CS 0x10 and __BOOT_DS 0x18. */
static void write_gdt(const struct kt_vmm_mem *mem)
{
	static const uint64_t gdt[] = {0, 0, 0x00af9b000000ffffull, 0x00cf93000000ffffull};
	memcpy(kt_vmm_mem_at(mem, KT_X86_GDT, sizeof(gdt)), gdt, sizeof(gdt));
}

static void write_page_tables(const struct kt_vmm_mem *mem)
{
	uint64_t bytes = (2 + PAGE_DIRECTORIES) * PAGE_BYTES;
	uint64_t *pml4 = kt_vmm_mem_at(mem, KT_X86_PAGE_TABLES, bytes);
	uint64_t *pdpt = pml4 + 512;
	uint64_t *pd = pdpt + 512;
	memset(pml4, 0, bytes);
	pml4[0] = (KT_X86_PAGE_TABLES + PAGE_BYTES) | PAGE_PRESENT_RW;
	for (unsigned i = 0; i < PAGE_DIRECTORIES; i++)
		pdpt[i] = (KT_X86_PAGE_TABLES + (2 + i) * PAGE_BYTES) | PAGE_PRESENT_RW;
	for (uint64_t i = 0; i < 512ull * PAGE_DIRECTORIES; i++)
		pd[i] = i << 21 | PAGE_PRESENT_RW | PAGE_LARGE;
}

int kt_x86_boot_write(
	const struct kt_vmm_mem *mem, const struct kt_x86_boot *boot, struct kt_err *err)
{
	write_gdt(mem);
	write_page_tables(mem);
	return write_zero_page(mem, boot, err);
}
