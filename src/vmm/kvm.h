/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening /dev/kvm and the empty VM, with errors that say what to do. */
#pragma once

#include "base/err.h"

/* Descriptor of /dev/kvm, its version and capabilities checked. */
int kt_vmm_kvm_open(int *ret_fd, struct kt_err *err);
/* A VM with interrupt controllers and timer, no memory, no vCPUs. */
int kt_vmm_kvm_create(int kvm_fd, int *ret_vm_fd, struct kt_err *err);
/* MAX_APIC_ID and CPUS are within what this KVM takes; turns on 32-bit APIC ids if needed. */
int kt_vmm_kvm_prepare_cpus(
	int kvm_fd, int vm_fd, unsigned cpus, unsigned max_apic_id, struct kt_err *err);
