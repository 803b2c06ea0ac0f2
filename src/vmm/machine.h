/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of struct kt_vm, shared by the files that build it, run it and look at its end.
 *
 * Locks: device_lock guards buses and devices and is held while sinks are called; it is
 * recursive, because a sink may send. run_lock guards the state of the run and is the inner
 * one: nobody takes device_lock while holding it.
 */
#pragma once

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>

#include "vmm/bus.h"
#include "vmm/console.h"
#include "vmm/memory.h"
#include "vmm/serial.h"
#include "vmm/virtio_console.h"
#include "vmm/vm.h"
#include "vmm/x86_64/platform.h"

struct kt_vmm_vcpu {
	struct kt_vm *vm;
	unsigned index;
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	bool started;		       /* a thread to join; run_lock */
	struct kt_vm_vcpu_stats stats; /* run_lock; exits is kept in the next one while running */
	_Atomic uint64_t exits;
};

struct kt_vm {
	struct kt_topo topo;
	unsigned cpus;
	struct kt_vm_sinks sinks;
	uint64_t panic_grace_ms, stop_limit_ms;

	int kvm_fd, vm_fd;
	size_t run_bytes; /* of the mapping of each struct kvm_run */
	struct kt_vmm_mem mem;
	struct kt_vmm_vcpu *vcpus;

	pthread_mutex_t device_lock;
	struct kt_vmm_bus pio, mmio;
	struct kt_vmm_serial com1, com2;
	struct kt_vmm_virtio_console virtio;
	struct kt_x86_platform platform;
	struct kt_vmm_console console;

	pthread_mutex_t run_lock;
	pthread_cond_t run_changed; /* CLOCK_MONOTONIC */
	bool ran, ended;
	bool stuck;   /* a vCPU thread did not stop: nothing may be freed */
	bool in_sink; /* and it has device_lock, so its sinks could not be cut off */
	unsigned running;
	struct kt_vm_end end;
	uint64_t deadline_ns, panic_deadline_ns; /* 0: none */
	char deadline_what[128];
	_Atomic bool stop; /* vCPU threads leave their loop */
};

/* Record how the run ended; the first call wins. Wakes kt_vm_run. Any thread. */
void kt_vmm_end(struct kt_vm *vm, const struct kt_vm_end *end);

/* Start the thread of a vCPU, which is counted in vm->running until it is over. 0 or -errno. */
int kt_vmm_vcpu_start(struct kt_vmm_vcpu *vcpu);
/* Make KVM_RUN of a started vCPU return, now or at its next call. vm->stop is set before. */
void kt_vmm_vcpu_kick(struct kt_vmm_vcpu *vcpu);

/* Serve one return of KVM_RUN; false: the vCPU is done (and the run has ended). */
bool kt_vmm_exit_handle(struct kt_vmm_vcpu *vcpu);
/* End the run because KVM_RUN itself failed with ERRNUM. */
void kt_vmm_exit_failed(struct kt_vmm_vcpu *vcpu, int errnum);
