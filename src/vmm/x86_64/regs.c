// SPDX-License-Identifier: GPL-2.0-only
/* Register images through KVM's ioctls; the values are those of the boot protocol. */
#include "vmm/x86_64/regs.h"

#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vmm/x86_64/layout.h"

#define CR0_PE	 0x1ull
#define CR0_ET	 0x10ull
#define CR0_PG	 0x80000000ull
#define CR4_PAE	 0x20ull
#define EFER_LME 0x100ull
#define EFER_LMA 0x400ull

#define MSR_MTRR_DEFAULT 0x2ffu
#define MTRR_ENABLED_WB	 0x806u
#define APIC_LVT_LINT0	 0x350u
#define APIC_LVT_LINT1	 0x360u
#define APIC_MODE_EXTINT 0x700u
#define APIC_MODE_NMI	 0x400u
#define FIX_KVM		 "look at the host's dmesg; try '--accel soft'"

static int fail(struct kt_err *err, const char *what)
{
	return kt_fail(err, errno, FIX_KVM, "%s: %s", what, strerror(errno));
}

static struct kvm_segment flat_segment(uint16_t selector, uint8_t type, bool is_64bit_code)
{
	return (struct kvm_segment){
		.limit = 0xffffffff,
		.selector = selector,
		.type = type,
		.present = 1,
		.s = 1,
		.g = 1,
		.l = is_64bit_code,
		.db = !is_64bit_code,
	};
}

int kt_x86_regs_boot(int vcpu_fd, uint64_t entry, struct kt_err *err)
{
	struct kvm_sregs sregs;
	if (ioctl(vcpu_fd, KVM_GET_SREGS, &sregs) < 0)
		return fail(err, "KVM_GET_SREGS");
	struct kvm_segment data = flat_segment(0x18, 3, false);
	sregs.cs = flat_segment(0x10, 11, true);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.gdt = (struct kvm_dtable){.base = KT_X86_GDT, .limit = 4 * 8 - 1};
	sregs.idt = (struct kvm_dtable){0}; /* none: an exception before Linux' own is fatal */
	sregs.cr0 = CR0_PE | CR0_ET | CR0_PG;
	sregs.cr3 = KT_X86_PAGE_TABLES;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME | EFER_LMA;
	if (ioctl(vcpu_fd, KVM_SET_SREGS, &sregs) < 0)
		return fail(err, "KVM_SET_SREGS");

	struct kvm_regs regs = {
		.rip = entry,
		.rsi = KT_X86_BOOT_PARAMS,
		.rsp = KT_X86_BOOT_STACK,
		.rbp = KT_X86_BOOT_STACK,
		.rflags = 2,
	};
	return ioctl(vcpu_fd, KVM_SET_REGS, &regs) < 0 ? fail(err, "KVM_SET_REGS") : 0;
}

static void set_lvt(struct kvm_lapic_state *lapic, unsigned reg, uint32_t mode)
{
	memcpy(lapic->regs + reg, &mode, sizeof(mode));
}

int kt_x86_regs_firmware(int vcpu_fd, struct kt_err *err)
{
	/* One MSR: struct kvm_msrs ends in an array of no length. */
	_Alignas(
		struct kvm_msrs) char space[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
	struct kvm_msrs *msrs = (struct kvm_msrs *)space;
	memset(space, 0, sizeof(space));
	msrs->nmsrs = 1;
	msrs->entries[0].index = MSR_MTRR_DEFAULT;
	msrs->entries[0].data = MTRR_ENABLED_WB;
	if (ioctl(vcpu_fd, KVM_SET_MSRS, msrs) != 1)
		return fail(err, "KVM_SET_MSRS of the MTRR default type");

	struct kvm_lapic_state lapic;
	if (ioctl(vcpu_fd, KVM_GET_LAPIC, &lapic) < 0)
		return fail(err, "KVM_GET_LAPIC");
	set_lvt(&lapic, APIC_LVT_LINT0, APIC_MODE_EXTINT);
	set_lvt(&lapic, APIC_LVT_LINT1, APIC_MODE_NMI);
	return ioctl(vcpu_fd, KVM_SET_LAPIC, &lapic) < 0 ? fail(err, "KVM_SET_LAPIC") : 0;
}
