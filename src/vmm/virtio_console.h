/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio console with named ports (VIRTIO_CONSOLE_F_MULTIPORT). Output is handed to sinks
 * inside the guest's notification, so a writer in the guest never waits for long; input
 * waits here until the guest has the port open and offers buffers.
 */
#pragma once

#include <linux/virtio_console.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "vmm/virtio_mmio.h"
#include "vmm/vm.h"

#define KT_VMM_CONTROL_WAITING_MAX 32u
#define KT_VMM_SEND_WAITING_MAX	   (1u << 20)

struct kt_vmm_port {
	kt_vm_sink *sink;
	bool guest_open;
	struct kt_str waiting; /* input for the guest from sent on */
	size_t sent;
};

struct kt_vmm_virtio_console {
	struct kt_virtio virtio; /* first: the transport's callbacks cast back */
	struct virtio_console_config config;
	void *sink_arg;
	struct kt_vmm_port ports[KT_VM_PORTS];
	struct virtio_console_control control[KT_VMM_CONTROL_WAITING_MAX]; /* for the guest */
	unsigned control_first, control_count;
	unsigned unserved; /* bit per port whose output was more than one turn takes */
};

/* Zero bytes before; the irq is set by the caller afterwards. */
void kt_vmm_virtio_console_init(struct kt_vmm_virtio_console *c, const struct kt_vmm_mem *mem,
	const struct kt_vm_sinks *sinks);
void kt_vmm_virtio_console_done(struct kt_vmm_virtio_console *c);

/*
 * Go on with output that a notification left because it was too much for one turn; true: call
 * again. Between turns others get the device lock, and a stop is seen.
 */
bool kt_vmm_virtio_console_resume(struct kt_vmm_virtio_console *c);

/* 0, -ENOBUFS (KT_VMM_SEND_WAITING_MAX) or -ENOMEM; nothing is queued on failure. */
int kt_vmm_virtio_console_send(
	struct kt_vmm_virtio_console *c, enum kt_vm_port port, const void *data, size_t bytes);
