/* SPDX-License-Identifier: GPL-2.0-only */
/* The driver's side of a virtqueue in test memory: descriptors and rings written by hand. */
#pragma once

#include <criterion/criterion.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "vmm/memory.h"
#include "vmm/virtio_queue.h"

#define RING_SIZE  8u
#define RING_BYTES 0x1000u

/* Queue I has its rings in the page at 0x10000 + I * RING_BYTES. */
struct ring {
	struct kt_vmm_mem *mem;
	uint64_t desc, avail, used;
	uint16_t next, seen; /* next avail index, used entries already taken */
};

static inline struct ring ring_at(struct kt_vmm_mem *mem, unsigned i)
{
	uint64_t at = 0x10000 + (uint64_t)i * RING_BYTES;
	return (struct ring){.mem = mem, .desc = at, .avail = at + 0x400, .used = at + 0x800};
}

static inline struct vring_desc *ring_desc(const struct ring *r, unsigned i)
{
	struct vring_desc *d = kt_vmm_mem_at(r->mem, r->desc, RING_SIZE * sizeof(*d));
	cr_assert_not_null(d);
	return &d[i];
}

static inline struct vring_avail *ring_avail(const struct ring *r)
{
	return kt_vmm_mem_at(r->mem, r->avail, 4 + 2 * RING_SIZE);
}

static inline struct vring_used *ring_used(const struct ring *r)
{
	return kt_vmm_mem_at(r->mem, r->used, 4 + 8 * RING_SIZE);
}

static inline void ring_set(
	struct ring *r, unsigned i, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	*ring_desc(r, i) =
		(struct vring_desc){.addr = addr, .len = len, .flags = flags, .next = next};
}

static inline void ring_offer(struct ring *r, uint16_t head)
{
	ring_avail(r)->ring[r->next++ % RING_SIZE] = head;
	ring_avail(r)->idx = r->next;
}
