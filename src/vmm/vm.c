// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building and taking apart a machine. Everything is checked and loaded before the first vCPU
 * exists, so that a wrong configuration never costs more than a few milliseconds.
 */
#include "vmm/vm.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "vmm/cmdline.h"
#include "vmm/image.h"
#include "vmm/kvm.h"
#include "vmm/machine.h"
#include "vmm/x86_64/acpi.h"
#include "vmm/x86_64/boot.h"
#include "vmm/x86_64/cpuid.h"
#include "vmm/x86_64/layout.h"
#include "vmm/x86_64/regs.h"

#define MIB		   (1ull << 20)
#define RAM_STEP_BYTES	   (2 * MIB)
#define RAM_MAX_BYTES	   (1024 * 1024 * MIB)
#define NODE_RAM_MIN_BYTES (8 * MIB)
#define PANIC_GRACE_MS	   10000u
#define STOP_LIMIT_MS	   10000u
#define FIX_KVM		   "look at the host's dmesg; try '--accel soft'"

uint64_t kt_vm_ram_bytes(unsigned cpus, uint64_t initramfs_bytes)
{
	/* Packed and unpacked initramfs, per-CPU areas and stacks, room for the workers. */
	uint64_t bytes = 256 * MIB + cpus * 16 * MIB + 5 * initramfs_bytes;
	return (bytes + 128 * MIB - 1) / (128 * MIB) * (128 * MIB);
}

static int check_config(const struct kt_vm_config *config, uint64_t *ret_ram, struct kt_err *err)
{
	const char *fix = "choose another amount of guest memory";
	int r = kt_topo_check(config->topo, err);
	if (r < 0)
		return r;
	unsigned cpus = kt_topo_cpu_count(config->topo);
	uint64_t ram = config->ram_bytes;
	if (!ram)
		ram = kt_vm_ram_bytes(cpus, config->initramfs_bytes);
	if (ram > RAM_MAX_BYTES)
		return kt_fail(err, EINVAL, fix, "guest memory of %llu MiB: more than 1 TiB",
			(unsigned long long)(ram / MIB));
	ram = (ram + RAM_STEP_BYTES - 1) / RAM_STEP_BYTES * RAM_STEP_BYTES;
	if (ram < NODE_RAM_MIN_BYTES * config->topo->nodes)
		return kt_fail(err, EINVAL, fix, "guest memory of %llu MiB: at least %llu per node",
			(unsigned long long)(ram / MIB), NODE_RAM_MIN_BYTES / MIB);
	*ret_ram = ram;
	return 0;
}

/* COM1: the watcher looks first, because a sink may be slow. Called with device_lock held. */
static void on_console(void *arg, const void *data, size_t bytes)
{
	struct kt_vm *vm = arg;
	bool before = vm->console.panic, over_before = vm->console.panic_over;
	kt_vmm_console_feed(&vm->console, data, bytes);
	if (vm->sinks.console)
		vm->sinks.console(vm->sinks.arg, data, bytes);
	if (vm->console.panic == before && vm->console.panic_over == over_before)
		return;
	pthread_mutex_lock(&vm->run_lock);
	vm->panic_deadline_ns = kt_deadline_ms(vm->console.panic_over ? 0 : vm->panic_grace_ms);
	pthread_cond_broadcast(&vm->run_changed);
	pthread_mutex_unlock(&vm->run_lock);
}

static int add_slots(struct kt_vm *vm, struct kt_err *err)
{
	for (unsigned i = 0; i < vm->mem.range_count; i++) {
		const struct kt_vm_range *range = &vm->mem.ranges[i];
		struct kvm_userspace_memory_region slot = {
			.slot = i,
			.guest_phys_addr = range->gpa,
			.memory_size = range->bytes,
			.userspace_addr = (uintptr_t)range->host,
		};
		if (ioctl(vm->vm_fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
			return kt_fail(err, errno, FIX_KVM, "memory of %llu MiB at 0x%llx: %s",
				(unsigned long long)(range->bytes / MIB),
				(unsigned long long)range->gpa, strerror(errno));
	}
	return 0;
}

/* Kernel, initramfs, zero page and tables into guest memory. */
static int load(struct kt_vm *vm, const struct kt_vm_config *config, uint64_t *ret_entry,
	struct kt_err *err)
{
	struct kt_vmm_image image;
	KT_AUTOFREE char *cmdline = NULL;
	int r = kt_vmm_cmdline(config->kaslr, config->cmdline, &cmdline, err);
	if (!r)
		r = kt_vmm_image_load(&vm->mem, config->kernel_path, &image, err);
	if (!r)
		r = kt_x86_acpi_write(&vm->mem, config->topo, err);
	if (r < 0)
		return r;
	const struct kt_x86_boot boot = {
		.image = &image,
		.cmdline = cmdline,
		.initramfs = config->initramfs,
		.initramfs_bytes = config->initramfs_bytes,
	};
	*ret_entry = image.entry;
	return kt_x86_boot_write(&vm->mem, &boot, err);
}

static int attach_devices(struct kt_vm *vm, struct kt_err *err)
{
	kt_vmm_virtio_console_init(&vm->virtio, &vm->mem, &vm->sinks);
	vm->virtio.virtio.irq = (struct kt_vmm_irq){.vm_fd = vm->vm_fd, .gsi = KT_X86_VIRTIO_GSI};
	vm->com1 = (struct kt_vmm_serial){.sink = on_console,
		.sink_arg = vm,
		.irq = {.vm_fd = vm->vm_fd, .gsi = KT_X86_COM1_IRQ}};
	vm->com2 = (struct kt_vmm_serial){.sink = vm->sinks.crash,
		.sink_arg = vm->sinks.arg,
		.irq = {.vm_fd = vm->vm_fd, .gsi = KT_X86_COM2_IRQ}};

	int r = kt_x86_platform_attach(&vm->platform, &vm->pio);
	if (!r)
		r = kt_vmm_bus_add(
			&vm->pio, (struct kt_vmm_bus_range){KT_X86_COM1, KT_VMM_SERIAL_BYTES,
					  kt_vmm_serial_io, &vm->com1});
	if (!r)
		r = kt_vmm_bus_add(
			&vm->pio, (struct kt_vmm_bus_range){KT_X86_COM2, KT_VMM_SERIAL_BYTES,
					  kt_vmm_serial_io, &vm->com2});
	if (!r)
		r = kt_vmm_bus_add(&vm->mmio,
			(struct kt_vmm_bus_range){KT_X86_VIRTIO_MMIO, KT_X86_VIRTIO_MMIO_BYTES,
				kt_virtio_mmio_io, &vm->virtio.virtio});
	return r ? kt_fail(err, -r, "report this", "device ranges collide") : 0;
}

static int create_vcpu(struct kt_vm *vm, unsigned index, const struct kt_x86_cpuid *supported,
	const struct kt_x86_host *host, struct kt_err *err)
{
	struct kt_vmm_vcpu *vcpu = &vm->vcpus[index];
	struct kt_x86_cpuid cpuid = *supported;
	vcpu->fd = ioctl(vm->vm_fd, KVM_CREATE_VCPU, kt_topo_apic_id(&vm->topo, index));
	if (vcpu->fd < 0)
		return kt_fail(err, errno, "raise 'ulimit -n', or use a topology with fewer CPUs",
			"KVM_CREATE_VCPU of CPU %u: %s", index, strerror(errno));
	void *run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (run == MAP_FAILED)
		return kt_fail(
			err, errno, FIX_KVM, "map the state of CPU %u: %s", index, strerror(errno));
	vcpu->run = run;
	int r = kt_x86_cpuid_apply(&cpuid, &vm->topo, index, host, err);
	if (r < 0)
		return r;
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, &cpuid) < 0)
		return kt_fail(err, errno, FIX_KVM, "KVM_SET_CPUID2 of CPU %u: %s", index,
			strerror(errno));
	return kt_x86_regs_firmware(vcpu->fd, err);
}

static int create_vcpus(struct kt_vm *vm, uint64_t entry, struct kt_err *err)
{
	struct kt_x86_host host;
	KT_AUTOFREE struct kt_x86_cpuid *supported = calloc(1, sizeof(*supported));
	unsigned max_apic_id = kt_topo_apic_id(&vm->topo, vm->cpus - 1);
	int run_bytes = ioctl(vm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->vcpus = calloc(vm->cpus, sizeof(*vm->vcpus));
	if (!supported || !vm->vcpus || run_bytes <= 0)
		return kt_fail(err, ENOMEM, "free memory", "state of %u vCPUs", vm->cpus);
	vm->run_bytes = (size_t)run_bytes;
	for (unsigned i = 0; i < vm->cpus; i++)
		vm->vcpus[i] = (struct kt_vmm_vcpu){.vm = vm, .index = i, .fd = -1};

	int r = kt_vmm_kvm_prepare_cpus(vm->kvm_fd, vm->vm_fd, vm->cpus, max_apic_id, err);
	if (!r)
		r = kt_x86_cpuid_supported(vm->kvm_fd, supported, &host, err);
	for (unsigned i = 0; i < vm->cpus && !r; i++)
		r = create_vcpu(vm, i, supported, &host, err);
	return r ? r : kt_x86_regs_boot(vm->vcpus[0].fd, entry, err);
}

static struct kt_vm *alloc_vm(const struct kt_vm_config *config)
{
	struct kt_vm *vm = calloc(1, sizeof(*vm));
	if (!vm)
		return NULL;
	vm->topo = *config->topo;
	vm->cpus = kt_topo_cpu_count(config->topo);
	vm->sinks = config->sinks;
	vm->panic_grace_ms = config->panic_grace_ms ? config->panic_grace_ms : PANIC_GRACE_MS;
	vm->stop_limit_ms = config->stop_limit_ms ? config->stop_limit_ms : STOP_LIMIT_MS;
	vm->deadline_ns = config->deadline_ns;
	vm->kvm_fd = vm->vm_fd = vm->mem.fd = -1;

	pthread_mutexattr_t recursive;
	pthread_condattr_t monotonic;
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&vm->device_lock, &recursive);
	pthread_mutex_init(&vm->run_lock, NULL);
	pthread_cond_init(&vm->run_changed, &monotonic);
	pthread_mutexattr_destroy(&recursive);
	pthread_condattr_destroy(&monotonic);
	return vm;
}

int kt_vm_new(const struct kt_vm_config *config, struct kt_vm **ret, struct kt_err *err)
{
	uint64_t ram = 0, entry = 0;
	int r = check_config(config, &ram, err);
	if (r < 0)
		return r;
	KT_AUTO(kt_vm_free) struct kt_vm *vm = alloc_vm(config);
	if (!vm)
		return kt_fail(err, ENOMEM, "free memory", "new machine");

	r = kt_vmm_kvm_open(&vm->kvm_fd, err);
	if (!r)
		r = kt_vmm_mem_init(&vm->mem, ram, err);
	if (!r)
		r = load(vm, config, &entry, err);
	if (!r)
		r = kt_vmm_kvm_create(vm->kvm_fd, &vm->vm_fd, err);
	if (!r)
		r = add_slots(vm, err);
	if (!r)
		r = attach_devices(vm, err);
	if (!r)
		r = create_vcpus(vm, entry, err);
	if (!r)
		*ret = KT_TAKE(vm);
	return r;
}

void kt_vm_free(struct kt_vm *vm)
{
	if (!vm || vm->stuck)
		return;
	for (unsigned i = 0; vm->vcpus && i < vm->cpus; i++) {
		if (vm->vcpus[i].run)
			munmap(vm->vcpus[i].run, vm->run_bytes);
		if (vm->vcpus[i].fd >= 0)
			close(vm->vcpus[i].fd);
	}
	free(vm->vcpus);
	kt_vmm_virtio_console_done(&vm->virtio);
	if (vm->vm_fd >= 0)
		close(vm->vm_fd);
	kt_vmm_mem_done(&vm->mem);
	if (vm->kvm_fd >= 0)
		close(vm->kvm_fd);
	pthread_mutex_destroy(&vm->device_lock);
	pthread_mutex_destroy(&vm->run_lock);
	pthread_cond_destroy(&vm->run_changed);
	free(vm);
}

int kt_vm_send(struct kt_vm *vm, enum kt_vm_port port, const void *data, size_t bytes)
{
	pthread_mutex_lock(&vm->device_lock);
	int r = kt_vmm_virtio_console_send(&vm->virtio, port, data, bytes);
	pthread_mutex_unlock(&vm->device_lock);
	return r;
}

size_t kt_vm_ram(const struct kt_vm *vm, const struct kt_vm_range **ret)
{
	*ret = vm->mem.ranges;
	return vm->mem.range_count;
}

void kt_vm_counters(struct kt_vm *vm, struct kt_vm_counters *ret)
{
	pthread_mutex_lock(&vm->device_lock);
	*ret = (struct kt_vm_counters){
		.virtio_errors = vm->virtio.virtio.errors,
		.virtio_fault = kt_virtq_fault_text(vm->virtio.virtio.last_fault),
		.unknown_pio = vm->pio.unknown,
		.unknown_mmio = vm->mmio.unknown,
		.panic_seen = vm->console.panic,
	};
	pthread_mutex_unlock(&vm->device_lock);
}
