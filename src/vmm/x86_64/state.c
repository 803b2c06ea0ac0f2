// SPDX-License-Identifier: GPL-2.0-only
/* KVM's four ioctls for registers, and their values in words. */
#include "vmm/x86_64/state.h"

#include <string.h>
#include <sys/ioctl.h>

#include "base/mem.h"

#define MSR_LSTAR	   0xc0000082u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_COUNT	   2u
#define FIX_KVM		   "look at the host's dmesg; try '--accel soft'"

static int get_msrs(int fd, struct kt_x86_state *state)
{
	/* struct kvm_msrs ends in an array of no length. */
	struct {
		_Alignas(struct kvm_msrs) char space[sizeof(struct kvm_msrs) +
						     MSR_COUNT * sizeof(struct kvm_msr_entry)];
	} room = {0};
	struct kvm_msrs *msrs = (struct kvm_msrs *)room.space;
	msrs->nmsrs = MSR_COUNT;
	msrs->entries[0].index = MSR_LSTAR;
	msrs->entries[1].index = MSR_KERNEL_GS_BASE;
	int count = ioctl(fd, KVM_GET_MSRS, msrs);
	if (count >= 0 && count < (int)MSR_COUNT)
		errno = EIO;
	if (count < (int)MSR_COUNT)
		return -1;
	state->lstar = msrs->entries[0].data;
	state->kernel_gs_base = msrs->entries[1].data;
	return 0;
}

int kt_x86_state_get(int vcpu_fd, unsigned which, struct kt_x86_state *ret, struct kt_err *err)
{
	struct kt_x86_state state = {0};
	struct kvm_mp_state mp;
	const char *failed = NULL;
	if (ioctl(vcpu_fd, KVM_GET_REGS, &state.regs) < 0)
		failed = "KVM_GET_REGS";
	else if (ioctl(vcpu_fd, KVM_GET_SREGS, &state.sregs) < 0)
		failed = "KVM_GET_SREGS";
	else if (ioctl(vcpu_fd, KVM_GET_MP_STATE, &mp) < 0)
		failed = "KVM_GET_MP_STATE";
	else if (get_msrs(vcpu_fd, &state) < 0)
		failed = "KVM_GET_MSRS";
	if (failed)
		return kt_fail(err, errno, FIX_KVM, "registers of CPU %u: %s: %s", which, failed,
			strerror(errno));
	state.mp_state = mp.mp_state;
	*ret = state;
	return 0;
}

const char *kt_x86_mp_state_name(uint32_t mp_state)
{
	static const char *const names[] = {
		[KVM_MP_STATE_RUNNABLE] = "runs",
		[KVM_MP_STATE_UNINITIALIZED] = "not started",
		[KVM_MP_STATE_INIT_RECEIVED] = "not started",
		[KVM_MP_STATE_HALTED] = "halts",
		[KVM_MP_STATE_SIPI_RECEIVED] = "starts",
	};
	return mp_state < KT_ARRAY_LEN(names) ? names[mp_state] : "?";
}

void kt_x86_state_line(const struct kt_x86_state *state, unsigned cpu, struct kt_str *out)
{
	const struct kvm_sregs *s = &state->sregs;
	const struct {
		const char *name;
		uint64_t value;
	} more[] = {{"CR0", s->cr0}, {"CR2", s->cr2}, {"CR3", s->cr3}, {"CR4", s->cr4},
		{"EFER", s->efer}, {"GS", s->gs.base}, {"KERNEL_GS", state->kernel_gs_base},
		{"LSTAR", state->lstar}, {"GDT", s->gdt.base}, {"IDT", s->idt.base}};
	kt_str_addf(out, "CPU %u %s at %#llx", cpu, kt_x86_mp_state_name(state->mp_state),
		(unsigned long long)state->regs.rip);
	for (size_t i = 0; i < KT_ARRAY_LEN(more); i++)
		kt_str_addf(out, " %s=%#llx", more[i].name, (unsigned long long)more[i].value);
	kt_str_add(out, "\n");
}
