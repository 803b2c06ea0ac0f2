/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtio-mmio transport, version 2: registers, feature negotiation, queue set-up, status
 * and the interrupt. A device fills in its facts and its notify function.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vmm/irq.h"
#include "vmm/memory.h"
#include "vmm/virtio_queue.h"

#define KT_VIRTIO_QUEUES_MAX 16u

struct kt_virtio;

/* What a kind of device gives the transport. */
struct kt_virtio_ops {
	uint32_t device_id;
	uint64_t features; /* VIRTIO_F_VERSION_1 is added */
	/* The guest kicked QUEUE, which is ready; not called while the device is broken. */
	void (*notify)(struct kt_virtio *v, unsigned queue);
	void (*reset)(struct kt_virtio *v);
};

/* The owner fills the first block; zero bytes elsewhere are the state after reset. */
struct kt_virtio {
	const struct kt_virtio_ops *ops;
	const struct kt_vmm_mem *mem;
	const void *config; /* device-specific, read-only for the guest */
	uint32_t config_bytes;
	unsigned queue_count;
	struct kt_vmm_irq irq;

	struct kt_virtq queues[KT_VIRTIO_QUEUES_MAX];
	uint32_t status, interrupt;
	uint32_t device_features_sel, driver_features_sel, queue_sel;
	uint64_t driver_features;
	uint64_t errors; /* times it was marked broken; survives reset */
	enum kt_virtq_fault last_fault;
};

/* A kt_vmm_io of the register page; DEV is a struct kt_virtio. */
void kt_virtio_mmio_io(void *dev, uint64_t offset, void *data, unsigned size, bool is_write);

/* The driver is set up and the device not broken. */
bool kt_virtio_live(const struct kt_virtio *v);
/* Tell the guest that QUEUE got used buffers, unless it does not want to know. */
void kt_virtio_used(struct kt_virtio *v, unsigned queue);
/* The guest broke a rule: stop serving it until it resets the device. */
void kt_virtio_break(struct kt_virtio *v, enum kt_virtq_fault fault);
