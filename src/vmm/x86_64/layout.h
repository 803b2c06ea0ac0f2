/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address map of an x86-64 guest: where boot data, tables and devices sit. Everything
 * the loader writes besides the kernel and the initramfs is below 1 MiB.
 */
#pragma once

#define KT_X86_GDT	     0x500ull
#define KT_X86_BOOT_PARAMS   0x7000ull
#define KT_X86_PAGE_TABLES   0x9000ull /* PML4, PDPT, four page directories */
#define KT_X86_BOOT_STACK    0x8ff0ull
#define KT_X86_CMDLINE	     0x20000ull
#define KT_X86_CMDLINE_BYTES 2048u /* COMMAND_LINE_SIZE of Linux on x86, NUL included */

#define KT_X86_LOW_END	0x9fc00ull /* end of conventional memory */
#define KT_X86_ACPI	0xe0000ull /* RSDP first; reserved in e820 up to 1 MiB */
#define KT_X86_ACPI_END 0x100000ull
#define KT_X86_HIGH	0x100000ull /* kernels are loaded from here on */

/* RAM stops at 3 GiB and goes on at 4 GiB; devices, IOAPIC and local APICs are between. */
#define KT_X86_GAP     0xc0000000ull
#define KT_X86_GAP_END 0x100000000ull

#define KT_X86_VIRTIO_MMIO	 0xd0000000ull
#define KT_X86_VIRTIO_MMIO_BYTES 0x1000ull
#define KT_X86_VIRTIO_GSI	 16u /* above the ISA interrupts: nothing to override */
#define KT_X86_IOAPIC		 0xfec00000ull
#define KT_X86_LAPIC		 0xfee00000ull
#define KT_X86_IDENTITY_MAP	 0xfffbc000ull /* one page, for KVM on Intel */
#define KT_X86_TSS		 0xfffbd000ull /* three pages, likewise */

#define KT_X86_COM1	0x3f8u
#define KT_X86_COM1_IRQ 4u
#define KT_X86_COM2	0x2f8u
#define KT_X86_COM2_IRQ 3u
#define KT_X86_KEYBOARD 0x60u
#define KT_X86_CF9	0xcf9u

/* ACPI fixed hardware: event (4 bytes) and control (2) blocks, timer (4). */
#define KT_X86_PM	     0x600u
#define KT_X86_PM_EVENT	     0x600u
#define KT_X86_PM_CONTROL    0x604u
#define KT_X86_PM_TIMER	     0x608u
#define KT_X86_PM_BYTES	     12u
#define KT_X86_SCI_IRQ	     9u
#define KT_X86_S5_SLEEP_TYPE 5u
