// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ring arithmetic of virtio 1.2, section 2.7. Event indexes and indirect descriptors are not
 * offered. x86 is little-endian like the rings, so values are used as they are.
 */
#include "vmm/virtio_queue.h"

#include <linux/virtio_ring.h>
#include <string.h>

#define AVAIL_BYTES(size) (4 + 2ull * (size))
#define USED_BYTES(size)  (4 + 8ull * (size))

static const char *const fault_texts[] = {
	[KT_VIRTQ_OK] = "nothing",
	[KT_VIRTQ_BAD_SETUP] = "size, alignment or address of the rings",
	[KT_VIRTQ_BAD_AVAIL] = "more available entries than the queue holds",
	[KT_VIRTQ_BAD_HEAD] = "descriptor number beyond the table",
	[KT_VIRTQ_LOOP] = "descriptor chain with a loop",
	[KT_VIRTQ_BAD_ADDRESS] = "buffer outside guest memory",
	[KT_VIRTQ_BAD_LENGTH] = "buffer of zero bytes, or a chain of more than 1 MiB",
	[KT_VIRTQ_BAD_FLAGS] = "descriptor flags that make no sense",
	[KT_VIRTQ_BAD_DIRECTION] = "buffer of the wrong direction for its queue",
};

const char *kt_virtq_fault_text(enum kt_virtq_fault fault)
{
	return fault_texts[fault];
}

/* Rings of a queue in host memory; false when they are not (or no longer) in RAM. */
struct rings {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
};

static bool map_rings(const struct kt_virtq *q, const struct kt_vmm_mem *mem, struct rings *ret)
{
	ret->desc = kt_vmm_mem_at(mem, q->desc, sizeof(struct vring_desc) * q->size);
	ret->avail = kt_vmm_mem_at(mem, q->avail, AVAIL_BYTES(q->size));
	ret->used = kt_vmm_mem_at(mem, q->used, USED_BYTES(q->size));
	return ret->desc && ret->avail && ret->used;
}

enum kt_virtq_fault kt_virtq_check(const struct kt_virtq *q, const struct kt_vmm_mem *mem)
{
	struct rings rings;
	bool power_of_two = q->size && !(q->size & (q->size - 1));
	bool aligned = !(q->desc & 15) && !(q->avail & 1) && !(q->used & 3);
	if (!power_of_two || q->size > KT_VIRTQ_SIZE_MAX || !aligned || !map_rings(q, mem, &rings))
		return KT_VIRTQ_BAD_SETUP;
	return KT_VIRTQ_OK;
}

/* Append one descriptor's buffer to the chain. */
static enum kt_virtq_fault add_buffer(
	struct kt_virtq_chain *chain, const struct vring_desc *d, const struct kt_vmm_mem *mem)
{
	bool writable = d->flags & VRING_DESC_F_WRITE;
	if (d->flags & ~(VRING_DESC_F_NEXT | VRING_DESC_F_WRITE) || (!writable && chain->in_count))
		return KT_VIRTQ_BAD_FLAGS;
	if (!d->len || d->len > KT_VIRTQ_CHAIN_BYTES_MAX - chain->bytes)
		return KT_VIRTQ_BAD_LENGTH;
	void *at = kt_vmm_mem_at(mem, d->addr, d->len);
	if (!at)
		return KT_VIRTQ_BAD_ADDRESS;
	chain->iov[chain->out_count + chain->in_count] =
		(struct iovec){.iov_base = at, .iov_len = d->len};
	chain->bytes += d->len;
	if (writable)
		chain->in_count++;
	else
		chain->out_count++;
	return KT_VIRTQ_OK;
}

static enum kt_virtq_fault walk(const struct kt_virtq *q, const struct vring_desc *table,
	const struct kt_vmm_mem *mem, struct kt_virtq_chain *chain)
{
	uint16_t index = chain->head;
	for (unsigned n = 0; n < q->size; n++) {
		if (index >= q->size)
			return KT_VIRTQ_BAD_HEAD;
		/* One copy: what was checked is what is used. */
		struct vring_desc d;
		memcpy(&d, (const void *)&table[index], sizeof(d));
		__asm__ volatile("" : "+m"(d));
		enum kt_virtq_fault fault = add_buffer(chain, &d, mem);
		if (fault || !(d.flags & VRING_DESC_F_NEXT))
			return fault;
		index = d.next;
	}
	return KT_VIRTQ_LOOP;
}

enum kt_virtq_fault kt_virtq_pop(
	struct kt_virtq *q, const struct kt_vmm_mem *mem, struct kt_virtq_chain *ret, bool *ret_any)
{
	struct rings rings;
	*ret_any = false;
	if (!q->ready)
		return KT_VIRTQ_OK;
	if (!map_rings(q, mem, &rings))
		return KT_VIRTQ_BAD_SETUP;

	uint16_t avail = __atomic_load_n(&rings.avail->idx, __ATOMIC_ACQUIRE);
	uint16_t waiting = avail - q->next_avail;
	if (!waiting)
		return KT_VIRTQ_OK;
	if (waiting > q->size)
		return KT_VIRTQ_BAD_AVAIL;

	ret->head = __atomic_load_n(
		&rings.avail->ring[q->next_avail & (q->size - 1)], __ATOMIC_RELAXED);
	ret->out_count = ret->in_count = ret->bytes = 0;
	enum kt_virtq_fault fault = walk(q, rings.desc, mem, ret);
	if (fault)
		return fault;
	q->next_avail++;
	*ret_any = true;
	return KT_VIRTQ_OK;
}

enum kt_virtq_fault kt_virtq_push(
	struct kt_virtq *q, const struct kt_vmm_mem *mem, uint16_t head, uint32_t written)
{
	struct rings rings;
	if (!map_rings(q, mem, &rings))
		return KT_VIRTQ_BAD_SETUP;
	vring_used_elem_t *slot = &rings.used->ring[q->next_used & (q->size - 1)];
	slot->id = head;
	slot->len = written;
	q->next_used++;
	__atomic_store_n(&rings.used->idx, q->next_used, __ATOMIC_RELEASE);
	return KT_VIRTQ_OK;
}

bool kt_virtq_wants_interrupt(const struct kt_virtq *q, const struct kt_vmm_mem *mem)
{
	struct rings rings;
	if (!map_rings(q, mem, &rings))
		return false;
	/* The used index must be out before the flag is read, or a wake-up is lost. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	uint16_t flags = __atomic_load_n(&rings.avail->flags, __ATOMIC_RELAXED);
	return !(flags & VRING_AVAIL_F_NO_INTERRUPT);
}
