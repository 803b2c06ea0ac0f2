// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines are short, so that those of 16 vCPUs fit into kt_vm_end.text. Look RIP up with
 * 'addr2line -fe vmlinux': a CPU that halts with a vector waiting missed its wake-up, one whose
 * timer is off waits for another CPU, one that spins with interrupts off holds up the others.
 */
#include "vmm/standing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/mem.h"

#define RFLAGS_IF	0x200u
#define APIC_ISR	0x100u
#define APIC_IRR	0x200u
#define APIC_LVT_TIMER	0x320u
#define APIC_TIMER_INIT 0x380u
#define APIC_TIMER_LEFT 0x390u
#define APIC_LVT_MASKED (1u << 16)
#define APIC_WORDS	8u /* of 32 vectors, 16 bytes apart */

static uint32_t apic_reg(const struct kvm_lapic_state *lapic, unsigned reg)
{
	uint32_t v;
	memcpy(&v, lapic->regs + reg, sizeof(v));
	return v;
}

static void add_vectors(
	const struct kvm_lapic_state *lapic, unsigned reg, const char *name, struct kt_str *out)
{
	const char *before = name;
	for (unsigned i = 0; i < APIC_WORDS; i++)
		for (uint32_t set = apic_reg(lapic, reg + 16 * i); set; set &= set - 1) {
			kt_str_addf(out, "%s%02x", before, 32 * i + (unsigned)__builtin_ctz(set));
			before = ",";
		}
}

static void add_lapic(int fd, struct kt_str *out)
{
	struct kvm_lapic_state lapic;
	if (ioctl(fd, KVM_GET_LAPIC, &lapic) < 0)
		return;
	if (apic_reg(&lapic, APIC_LVT_TIMER) & APIC_LVT_MASKED ||
		!apic_reg(&lapic, APIC_TIMER_INIT))
		kt_str_add(out, " timer off");
	else
		kt_str_addf(out, " timer %u/%u", apic_reg(&lapic, APIC_TIMER_LEFT),
			apic_reg(&lapic, APIC_TIMER_INIT));
	add_vectors(&lapic, APIC_IRR, " waits ", out);
	add_vectors(&lapic, APIC_ISR, " serves ", out);
}

static const char *mp_name(int fd)
{
	struct kvm_mp_state mp;
	return ioctl(fd, KVM_GET_MP_STATE, &mp) < 0 ? "?" : kt_x86_mp_state_name(mp.mp_state);
}

int kt_vmm_states_get(const struct kt_vm *vm, struct kt_x86_state **ret, struct kt_err *err)
{
	KT_AUTOFREE struct kt_x86_state *states = calloc(vm->cpus, sizeof(*states));
	int r = 0;
	if (vm->stuck || vm->running)
		return kt_fail(err, EBUSY, "report this, unless a thread was reported to hang",
			"a vCPU's thread is not home");
	if (!states)
		return kt_fail(err, ENOMEM, "free memory", "registers of %u CPUs", vm->cpus);
	for (unsigned i = 0; i < vm->cpus && !r; i++)
		r = kt_x86_state_get(vm->vcpus[i].fd, i, &states[i], err);
	if (!r)
		*ret = KT_TAKE(states);
	return r;
}

void kt_vmm_standing_add(const struct kt_vm *vm, struct kt_str *out)
{
	for (unsigned i = 0; i < vm->cpus; i++) {
		int fd = vm->vcpus[i].fd;
		struct kvm_regs regs;
		if (ioctl(fd, KVM_GET_REGS, &regs) < 0)
			continue;
		kt_str_addf(out, "\nCPU %u %llx %s%s", i, (unsigned long long)regs.rip, mp_name(fd),
			regs.rflags & RFLAGS_IF ? "" : " irqs-off");
		add_lapic(fd, out);
	}
}
