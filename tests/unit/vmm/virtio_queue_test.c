// SPDX-License-Identifier: GPL-2.0-only
/* Everything a hostile guest can write into its rings, one rule each. */
#include "vmm/virtio_queue.h"

#include <pthread.h>
#include <stdatomic.h>

#include "unit/vmm/ring.h"

#define MIB    (1ull << 20)
#define RAM    (4 * MIB)
#define BUFFER 0x100000ull
#define TURNS  200000u

static struct kt_vmm_mem mem;
static struct ring ring;
static struct kt_virtq queue;
static struct kt_virtq_chain chain;
static bool any;

static void setup(void)
{
	cr_assert_eq(kt_vmm_mem_init(&mem, RAM, NULL), 0);
	ring = ring_at(&mem, 0);
	queue = (struct kt_virtq){.size = RING_SIZE,
		.desc = ring.desc,
		.avail = ring.avail,
		.used = ring.used,
		.ready = true};
}

static void teardown(void)
{
	kt_vmm_mem_done(&mem);
}

static enum kt_virtq_fault pop(void)
{
	return kt_virtq_pop(&queue, &mem, &chain, &any);
}

static void expect_fault(enum kt_virtq_fault fault)
{
	uint16_t before = queue.next_avail;
	cr_assert_eq(pop(), fault, "wanted: %s", kt_virtq_fault_text(fault));
	cr_assert_not(any);
	cr_assert_eq(queue.next_avail, before);
}

TestSuite(virtio_queue, .init = setup, .fini = teardown);

Test(virtio_queue, a_chain_gives_readable_then_writable_buffers)
{
	ring_set(&ring, 3, BUFFER, 10, VRING_DESC_F_NEXT, 5);
	ring_set(&ring, 5, BUFFER + 100, 20, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 0);
	ring_set(&ring, 0, BUFFER + 200, 30, VRING_DESC_F_WRITE, 7);
	ring_offer(&ring, 3);
	cr_assert_eq(pop(), KT_VIRTQ_OK);
	cr_assert(any);
	cr_assert_eq(chain.head, 3);
	cr_assert_eq(chain.out_count, 1);
	cr_assert_eq(chain.in_count, 2);
	cr_assert_eq(chain.bytes, 60);
	cr_assert_eq(chain.iov[0].iov_base, (char *)mem.map + BUFFER);
	cr_assert_eq(chain.iov[2].iov_len, 30);
	cr_assert_eq(pop(), KT_VIRTQ_OK);
	cr_assert_not(any);
}

Test(virtio_queue, used_entries_carry_head_and_length_and_wrap)
{
	for (unsigned i = 0; i < 3 * RING_SIZE; i++) {
		ring_set(&ring, i % RING_SIZE, BUFFER, 1, 0, 0);
		ring_offer(&ring, (uint16_t)(i % RING_SIZE));
		cr_assert_eq(pop(), KT_VIRTQ_OK);
		cr_assert(any);
		cr_assert_eq(kt_virtq_push(&queue, &mem, chain.head, i), KT_VIRTQ_OK);
		cr_assert_eq(ring_used(&ring)->idx, i + 1);
		cr_assert_eq(ring_used(&ring)->ring[i % RING_SIZE].id, i % RING_SIZE);
		cr_assert_eq(ring_used(&ring)->ring[i % RING_SIZE].len, i);
	}
}

Test(virtio_queue, avail_index_wraps_around_sixteen_bits)
{
	queue.next_avail = ring.next = 0xffff;
	ring_set(&ring, 0, BUFFER, 1, 0, 0);
	ring_offer(&ring, 0);
	cr_assert_eq(ring_avail(&ring)->idx, 0);
	cr_assert_eq(pop(), KT_VIRTQ_OK);
	cr_assert(any);
	cr_assert_eq(queue.next_avail, 0);
}

Test(virtio_queue, a_loop_is_found)
{
	ring_set(&ring, 0, BUFFER, 1, VRING_DESC_F_NEXT, 1);
	ring_set(&ring, 1, BUFFER, 1, VRING_DESC_F_NEXT, 0);
	ring_offer(&ring, 0);
	expect_fault(KT_VIRTQ_LOOP);
}

Test(virtio_queue, a_chain_as_long_as_the_table_is_fine)
{
	for (unsigned i = 0; i < RING_SIZE; i++)
		ring_set(&ring, i, BUFFER, 1, i + 1 < RING_SIZE ? VRING_DESC_F_NEXT : 0,
			(uint16_t)(i + 1));
	ring_offer(&ring, 0);
	cr_assert_eq(pop(), KT_VIRTQ_OK);
	cr_assert_eq(chain.out_count, RING_SIZE);
}

Test(virtio_queue, head_beyond_the_table_is_refused)
{
	ring_offer(&ring, RING_SIZE);
	expect_fault(KT_VIRTQ_BAD_HEAD);
}

Test(virtio_queue, next_beyond_the_table_is_refused)
{
	ring_set(&ring, 0, BUFFER, 1, VRING_DESC_F_NEXT, 0xffff);
	ring_offer(&ring, 0);
	expect_fault(KT_VIRTQ_BAD_HEAD);
}

Test(virtio_queue, addresses_outside_ram_are_refused)
{
	const uint64_t bad[] = {RAM, RAM - 1, UINT64_MAX, UINT64_MAX - 1, 0xd0000000};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ring.next = queue.next_avail;
		ring_set(&ring, 0, bad[i], 2, 0, 0);
		ring_offer(&ring, 0);
		expect_fault(KT_VIRTQ_BAD_ADDRESS);
	}
}

Test(virtio_queue, lengths_of_zero_and_huge_lengths_are_refused)
{
	const uint32_t bad[] = {0, KT_VIRTQ_CHAIN_BYTES_MAX + 1, UINT32_MAX};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ring.next = queue.next_avail;
		ring_set(&ring, 0, BUFFER, bad[i], 0, 0);
		ring_offer(&ring, 0);
		expect_fault(KT_VIRTQ_BAD_LENGTH);
	}
}

Test(virtio_queue, lengths_are_summed_over_the_chain)
{
	ring_set(&ring, 0, BUFFER, KT_VIRTQ_CHAIN_BYTES_MAX, VRING_DESC_F_NEXT, 1);
	ring_set(&ring, 1, BUFFER, 1, 0, 0);
	ring_offer(&ring, 0);
	expect_fault(KT_VIRTQ_BAD_LENGTH);
}

Test(virtio_queue, indirect_and_unknown_flags_are_refused)
{
	const uint16_t bad[] = {VRING_DESC_F_INDIRECT, 8, 0x8000};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ring.next = queue.next_avail;
		ring_set(&ring, 0, BUFFER, 16, bad[i], 0);
		ring_offer(&ring, 0);
		expect_fault(KT_VIRTQ_BAD_FLAGS);
	}
}

Test(virtio_queue, readable_behind_writable_is_refused)
{
	ring_set(&ring, 0, BUFFER, 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 1);
	ring_set(&ring, 1, BUFFER, 1, 0, 0);
	ring_offer(&ring, 0);
	expect_fault(KT_VIRTQ_BAD_FLAGS);
}

Test(virtio_queue, avail_index_that_jumps_is_refused)
{
	ring_avail(&ring)->idx = RING_SIZE + 1;
	expect_fault(KT_VIRTQ_BAD_AVAIL);
	ring_avail(&ring)->idx = 0xffff; /* backwards */
	expect_fault(KT_VIRTQ_BAD_AVAIL);
}

Test(virtio_queue, a_queue_that_is_not_ready_is_empty)
{
	ring_avail(&ring)->idx = 1000;
	queue.ready = false;
	cr_assert_eq(pop(), KT_VIRTQ_OK);
	cr_assert_not(any);
}

Test(virtio_queue, sizes_and_places_of_rings_are_checked)
{
	const struct kt_virtq good = queue;
	cr_assert_eq(kt_virtq_check(&queue, &mem), KT_VIRTQ_OK);
	const uint32_t sizes[] = {0, 3, 2 * KT_VIRTQ_SIZE_MAX, UINT32_MAX};
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		queue.size = sizes[i];
		cr_assert_eq(kt_virtq_check(&queue, &mem), KT_VIRTQ_BAD_SETUP);
	}
	queue = good;
	queue.desc = RAM - 16; /* its table would cross the end */
	cr_assert_eq(kt_virtq_check(&queue, &mem), KT_VIRTQ_BAD_SETUP);
	queue = good;
	queue.desc += 8;
	cr_assert_eq(kt_virtq_check(&queue, &mem), KT_VIRTQ_BAD_SETUP);
	queue = good;
	queue.used = UINT64_MAX & ~3ull;
	cr_assert_eq(kt_virtq_check(&queue, &mem), KT_VIRTQ_BAD_SETUP);
	queue = good;
	queue.avail = RAM;
	cr_assert_eq(kt_virtq_check(&queue, &mem), KT_VIRTQ_BAD_SETUP);
}

Test(virtio_queue, interrupts_are_wanted_unless_the_guest_says_no)
{
	cr_assert(kt_virtq_wants_interrupt(&queue, &mem));
	ring_avail(&ring)->flags = VRING_AVAIL_F_NO_INTERRUPT;
	cr_assert_not(kt_virtq_wants_interrupt(&queue, &mem));
}

static _Atomic bool racing;

/* Another CPU of the guest: every value the device may be looking at becomes another one. */
static void *rewrite(void *arg)
{
	static const uint64_t addresses[] = {BUFFER, RAM - 8, RAM, UINT64_MAX, 1ull << 40};
	static const uint32_t lengths[] = {8, 16, 0, UINT32_MAX, (uint32_t)MIB};
	uint32_t x = 1;
	(void)arg;
	while (atomic_load_explicit(&racing, memory_order_relaxed)) {
		x = x * 1664525 + 1013904223;
		volatile struct vring_desc *d = ring_desc(&ring, x >> 29);
		d->addr = addresses[(x >> 8) % 5];
		d->len = lengths[(x >> 12) % 5];
		d->flags = (x >> 16) & 3;
		d->next = (x >> 20) & 15;
		ring_avail(&ring)->ring[(x >> 24) % RING_SIZE] = (x >> 4) & 15;
	}
	return NULL;
}

static bool in_ram(const struct iovec *v)
{
	const char *at = v->iov_base, *start = mem.map;
	return at >= start && v->iov_len && v->iov_len <= RAM - (size_t)(at - start);
}

Test(virtio_queue, a_chain_that_changes_while_it_is_read_is_still_within_memory)
{
	pthread_t thread;
	unsigned taken = 0, refused = 0;
	atomic_store(&racing, true);
	cr_assert_eq(pthread_create(&thread, NULL, rewrite, NULL), 0);
	/* At least so many turns, and until both have happened: the other thread may start late. */
	for (unsigned n = 0; n < TURNS || (n < 1000 * TURNS && !(taken && refused)); n++) {
		ring_avail(&ring)->idx = (uint16_t)(queue.next_avail + 1);
		if (pop() != KT_VIRTQ_OK) {
			refused++;
			continue;
		}
		taken++;
		cr_assert(any && chain.out_count + chain.in_count <= RING_SIZE);
		for (unsigned i = 0; i < chain.out_count + chain.in_count; i++)
			cr_assert(in_ram(&chain.iov[i]));
		cr_assert_eq(kt_virtq_push(&queue, &mem, chain.head, 0), KT_VIRTQ_OK);
	}
	atomic_store(&racing, false);
	pthread_join(thread, NULL);
	cr_assert(taken && refused, "%u chains taken, %u refused", taken, refused);
}
