// SPDX-License-Identifier: GPL-2.0-only
/* What KVM_RUN returned for: accesses go to the buses, everything else ends the run. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/mem.h"
#include "vmm/machine.h"

#define CODE_BYTES 16u

static const char *const exit_names[] = {
	[KVM_EXIT_UNKNOWN] = "UNKNOWN",
	[KVM_EXIT_EXCEPTION] = "EXCEPTION",
	[KVM_EXIT_HYPERCALL] = "HYPERCALL",
	[KVM_EXIT_DEBUG] = "DEBUG",
	[KVM_EXIT_HLT] = "HLT",
	[KVM_EXIT_SHUTDOWN] = "SHUTDOWN",
	[KVM_EXIT_FAIL_ENTRY] = "FAIL_ENTRY",
	[KVM_EXIT_NMI] = "NMI",
	[KVM_EXIT_INTERNAL_ERROR] = "INTERNAL_ERROR",
};

static const char *exit_name(uint32_t reason)
{
	bool known = reason < KT_ARRAY_LEN(exit_names) && exit_names[reason];
	return known ? exit_names[reason] : "not handled";
}

static uint64_t rip_of(const struct kt_vmm_vcpu *vcpu)
{
	struct kvm_regs regs;
	return ioctl(vcpu->fd, KVM_GET_REGS, &regs) < 0 ? 0 : regs.rip;
}

/* Registers and the bytes at RIP, as far as they can be had. */
static void describe(const struct kt_vmm_vcpu *vcpu, struct kt_str *out)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	if (ioctl(vcpu->fd, KVM_GET_REGS, &regs) < 0 || ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) < 0)
		return;
	kt_str_addf(out, "\nRIP %016llx RSP %016llx RFLAGS %08llx CS %04x\n",
		(unsigned long long)regs.rip, (unsigned long long)regs.rsp,
		(unsigned long long)regs.rflags, sregs.cs.selector);
	kt_str_addf(out, "CR0 %llx CR2 %llx CR3 %llx CR4 %llx EFER %llx",
		(unsigned long long)sregs.cr0, (unsigned long long)sregs.cr2,
		(unsigned long long)sregs.cr3, (unsigned long long)sregs.cr4,
		(unsigned long long)sregs.efer);
	struct kvm_translation at = {.linear_address = sregs.cs.base + regs.rip};
	if (ioctl(vcpu->fd, KVM_TRANSLATE, &at) < 0 || !at.valid)
		return;
	const uint8_t *code = kt_vmm_mem_at(&vcpu->vm->mem, at.physical_address, CODE_BYTES);
	for (unsigned i = 0; code && i < CODE_BYTES; i++)
		kt_str_addf(out, "%s%02x", i ? " " : "\ncode ", code[i]);
}

static void end_run(
	struct kt_vmm_vcpu *vcpu, enum kt_vm_why why, enum kt_vm_door door, const char *text)
{
	struct kt_vm_end end = {
		.why = why,
		.door = door,
		.vcpu = (int)vcpu->index,
		.rip = rip_of(vcpu),
		.end_ns = kt_now_ns(),
	};
	snprintf(end.text, sizeof(end.text), "%s", text);
	kt_vmm_end(vcpu->vm, &end);
}

static void end_error(struct kt_vmm_vcpu *vcpu, enum kt_vm_why why, struct kt_str *text)
{
	describe(vcpu, text);
	end_run(vcpu, why, why == KT_VM_TRIPLE_FAULT ? KT_VM_DOOR_SHUTDOWN : KT_VM_DOOR_NONE,
		kt_str_get(text));
}

void kt_vmm_exit_failed(struct kt_vmm_vcpu *vcpu, int errnum)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_str_addf(&text, "KVM_RUN of CPU %u failed: %s", vcpu->index, strerror(errnum));
	end_error(vcpu, KT_VM_KVM_ERROR, &text);
}

/* A door that a device access opened. Called with device_lock held. */
static bool door_opened(struct kt_vmm_vcpu *vcpu)
{
	switch (vcpu->vm->platform.door) {
	case KT_VM_DOOR_KEYBOARD:
		end_run(vcpu, KT_VM_RESET, KT_VM_DOOR_KEYBOARD,
			"the guest restarted by the keyboard controller");
		return true;
	case KT_VM_DOOR_CF9:
		end_run(vcpu, KT_VM_RESET, KT_VM_DOOR_CF9,
			"the guest restarted by the reset register");
		return true;
	case KT_VM_DOOR_ACPI_S5:
		end_run(vcpu, KT_VM_POWEROFF, KT_VM_DOOR_ACPI_S5, "the guest switched off by ACPI");
		return true;
	case KT_VM_DOOR_NONE:
	case KT_VM_DOOR_SHUTDOWN:
	case KT_VM_DOOR_KVM_EVENT:
		break;
	}
	return false;
}

/* Looked at with device_lock held too: threads that waited for it are not to go on. */
static bool stopping(const struct kt_vm *vm)
{
	return atomic_load_explicit(&vm->stop, memory_order_acquire);
}

static bool handle_io(struct kt_vmm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	struct kt_vm *vm = vcpu->vm;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	bool left = false;
	pthread_mutex_lock(&vm->device_lock);
	for (uint32_t i = 0; i < run->io.count && !left && !stopping(vm); i++) {
		kt_vmm_bus_access(&vm->pio, run->io.port, data + (size_t)i * run->io.size,
			run->io.size, run->io.direction == KVM_EXIT_IO_OUT);
		left = door_opened(vcpu);
	}
	pthread_mutex_unlock(&vm->device_lock);
	return !left;
}

static bool handle_mmio(struct kt_vmm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	struct kt_vm *vm = vcpu->vm;
	pthread_mutex_lock(&vm->device_lock);
	if (!stopping(vm))
		kt_vmm_bus_access(&vm->mmio, run->mmio.phys_addr, run->mmio.data, run->mmio.len,
			run->mmio.is_write);
	bool more = vm->virtio.unserved;
	pthread_mutex_unlock(&vm->device_lock);
	while (more && !stopping(vm)) {
		pthread_mutex_lock(&vm->device_lock);
		more = kt_vmm_virtio_console_resume(&vm->virtio);
		pthread_mutex_unlock(&vm->device_lock);
	}
	return true;
}

static bool handle_system_event(struct kt_vmm_vcpu *vcpu)
{
	bool off = vcpu->run->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN;
	end_run(vcpu, off ? KT_VM_POWEROFF : KT_VM_RESET, KT_VM_DOOR_KVM_EVENT,
		off ? "the guest switched off" : "the guest restarted");
	return false;
}

static bool handle_error(struct kt_vmm_vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_str_addf(&text, "KVM exit %u (%s) on CPU %u", run->exit_reason,
		exit_name(run->exit_reason), vcpu->index);
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		kt_str_addf(&text, ", suberror %u%s", run->internal.suberror,
			run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION
				? ": KVM could not emulate an instruction"
				: "");
	else if (run->exit_reason == KVM_EXIT_FAIL_ENTRY)
		kt_str_addf(&text, ", hardware reason 0x%llx",
			(unsigned long long)run->fail_entry.hardware_entry_failure_reason);
	end_error(vcpu, KT_VM_KVM_ERROR, &text);
	return false;
}

static bool handle_shutdown(struct kt_vmm_vcpu *vcpu)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_str_addf(&text, "triple fault on CPU %u", vcpu->index);
	end_error(vcpu, KT_VM_TRIPLE_FAULT, &text);
	return false;
}

bool kt_vmm_exit_handle(struct kt_vmm_vcpu *vcpu)
{
	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_IO:
		return handle_io(vcpu);
	case KVM_EXIT_MMIO:
		return handle_mmio(vcpu);
	case KVM_EXIT_INTR:
	case KVM_EXIT_IRQ_WINDOW_OPEN:
		return true;
	case KVM_EXIT_SHUTDOWN:
		return handle_shutdown(vcpu);
	case KVM_EXIT_SYSTEM_EVENT:
		return handle_system_event(vcpu);
	default:
		return handle_error(vcpu);
	}
}
