// SPDX-License-Identifier: GPL-2.0-only
/* The first ioctls of every machine. */
#include "vmm/kvm.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/mem.h"
#include "vmm/vm.h"
#include "vmm/x86_64/layout.h"

#define KVM_PATH     "/dev/kvm"
#define KVM_API	     12
#define CREATE_TRIES 100
#define FIX_SOFT     "use '--accel soft'"

static const struct {
	int cap;
	const char *name;
} needed[] = {
	{KVM_CAP_USER_MEMORY, "USER_MEMORY"},
	{KVM_CAP_IRQCHIP, "IRQCHIP"},
	{KVM_CAP_PIT2, "PIT2"},
	{KVM_CAP_SET_TSS_ADDR, "SET_TSS_ADDR"},
	{KVM_CAP_SET_IDENTITY_MAP_ADDR, "SET_IDENTITY_MAP_ADDR"},
	{KVM_CAP_EXT_CPUID, "EXT_CPUID"},
	{KVM_CAP_IMMEDIATE_EXIT, "IMMEDIATE_EXIT"},
};

static int fail_open(struct kt_err *err)
{
	int e = errno;
	const char *fix = FIX_SOFT;
	if (e == EACCES || e == EPERM)
		fix = "join the group that owns it (often: usermod -aG kvm $USER, then log in "
		      "again), or " FIX_SOFT;
	else if (e == ENOENT || e == ENODEV || e == ENXIO)
		fix = "load the module (modprobe kvm_intel or kvm_amd; virtualisation on in the "
		      "firmware), or " FIX_SOFT;
	return kt_fail(err, e, fix, "open " KVM_PATH ": %s", strerror(e));
}

int kt_vmm_kvm_open(int *ret_fd, struct kt_err *err)
{
	KT_AUTOFD int fd = open(KVM_PATH, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail_open(err);
	int api = ioctl(fd, KVM_GET_API_VERSION, 0);
	if (api != KVM_API)
		return kt_fail(err, ENOTSUP, FIX_SOFT, KVM_PATH " speaks version %d, %d is needed",
			api, KVM_API);
	for (size_t i = 0; i < KT_ARRAY_LEN(needed); i++)
		if (ioctl(fd, KVM_CHECK_EXTENSION, needed[i].cap) <= 0)
			return kt_fail(err, ENOTSUP, FIX_SOFT, KVM_PATH " lacks KVM_CAP_%s",
				needed[i].name);
	*ret_fd = kt_take_fd(&fd);
	return 0;
}

static int create_vm(int kvm_fd, struct kt_err *err)
{
	/* A signal in the middle makes KVM give up with EINTR. */
	for (int i = 0; i < CREATE_TRIES; i++) {
		int fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
		if (fd >= 0)
			return fd;
		if (errno != EINTR)
			break;
	}
	const char *fix = errno == EBUSY
				  ? "stop the other hypervisor (VirtualBox, VMware), or " FIX_SOFT
				  : "look at the host's dmesg, or " FIX_SOFT;
	return kt_fail(err, errno, fix, "KVM_CREATE_VM: %s", strerror(errno));
}

static int setup_chips(int vm_fd, struct kt_err *err)
{
	uint64_t identity = KT_X86_IDENTITY_MAP;
	struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
	/* Ticks a late host missed stay lost: made up for, they leave a guest time for nothing. */
	struct kvm_reinject_control lost_ticks = {.pit_reinject = 0};
	const char *what = NULL;
	if (ioctl(vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &identity) < 0)
		what = "KVM_SET_IDENTITY_MAP_ADDR";
	else if (ioctl(vm_fd, KVM_SET_TSS_ADDR, KT_X86_TSS) < 0)
		what = "KVM_SET_TSS_ADDR";
	else if (ioctl(vm_fd, KVM_CREATE_IRQCHIP, 0) < 0)
		what = "KVM_CREATE_IRQCHIP";
	else if (ioctl(vm_fd, KVM_CREATE_PIT2, &pit) < 0)
		what = "KVM_CREATE_PIT2";
	else if (ioctl(vm_fd, KVM_REINJECT_CONTROL, &lost_ticks) < 0)
		what = "KVM_REINJECT_CONTROL";
	if (what)
		return kt_fail(err, errno, "look at the host's dmesg, or " FIX_SOFT, "%s: %s", what,
			strerror(errno));
	return 0;
}

int kt_vmm_kvm_create(int kvm_fd, int *ret_vm_fd, struct kt_err *err)
{
	KT_AUTOFD int fd = create_vm(kvm_fd, err);
	if (fd < 0)
		return fd;
	int r = setup_chips(fd, err);
	if (!r)
		*ret_vm_fd = kt_take_fd(&fd);
	return r;
}

int kt_vmm_kvm_prepare_cpus(
	int kvm_fd, int vm_fd, unsigned cpus, unsigned max_apic_id, struct kt_err *err)
{
	const char *fix = "use a topology with fewer CPUs";
	int max = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);
	if (max > 0 && cpus > (unsigned)max)
		return kt_fail(err, EINVAL, fix, "%u vCPUs: KVM here takes %d", cpus, max);
	max = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPU_ID);
	if (max > 0 && max_apic_id >= (unsigned)max)
		return kt_fail(err, EINVAL, fix, "APIC id %u: KVM here takes ids below %d",
			max_apic_id, max);
	if (max_apic_id < 255)
		return 0;
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_X2APIC_API,
		.args = {KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK},
	};
	if (ioctl(vm_fd, KVM_ENABLE_CAP, &cap) < 0)
		return kt_fail(err, errno, fix, "APIC id %u needs KVM_CAP_X2APIC_API: %s",
			max_apic_id, strerror(errno));
	return 0;
}
