// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile driver: maps the registers of the monitor's virtio console through /dev/mem, puts
 * rings of its own into memory whose physical address it knows, and breaks every rule of the
 * book, at last while another CPU rewrites the descriptors the device is reading. The kernel's
 * driver is taken off first; the harness goes on by COM2.
 */
#include <ktstr/ktstr.h>

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/mem.h"
#include "vm/inside.h"
#include "vmm/x86_64/layout.h"

#define QUEUE	   1u /* output of the terminal's port */
#define ENTRIES	   8u
#define PAGE	   4096u
#define RACE_MS	   2000u
#define RACE_TURNS 20000u

static volatile uint32_t *regs;

/* In one page: descriptors, available ring, used ring, and a buffer. */
struct page {
	struct vring_desc desc[ENTRIES];
	uint8_t avail[64];
	uint8_t used[128];
	char buffer[2048];
};

static struct page *page;
static uint64_t page_at; /* guest-physical */

static uint32_t rd(unsigned reg)
{
	return regs[reg / 4];
}

static void wr(unsigned reg, uint32_t value)
{
	regs[reg / 4] = value;
}

static struct vring_avail *avail(void)
{
	return (struct vring_avail *)(void *)page->avail;
}

static uint64_t physical(const void *at)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	inside_must(fd >= 0, "/proc/self/pagemap");
	off_t offset = (off_t)((uintptr_t)at / PAGE * sizeof(entry));
	inside_must(pread(fd, &entry, sizeof(entry), offset) == sizeof(entry), "pagemap");
	close(fd);
	inside_must(entry >> 63 && entry & 0x7fffffffffffff, "the page's physical address");
	return (entry & 0x7fffffffffffff) * PAGE;
}

static void map_all(void)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	inside_must(fd >= 0, "/dev/mem");
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, KT_X86_VIRTIO_MMIO);
	inside_must(p != MAP_FAILED, "the device's registers");
	close(fd);
	regs = p;
	inside_must(rd(VIRTIO_MMIO_MAGIC_VALUE) == 0x74726976, "a virtio device");
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE | MAP_LOCKED, -1, 0);
	inside_must(page != MAP_FAILED, "a page");
	memset(page, 'k', PAGE);
	page_at = physical(page);
}

static void set_queue(uint32_t size, uint64_t desc)
{
	wr(VIRTIO_MMIO_QUEUE_SEL, QUEUE);
	wr(VIRTIO_MMIO_QUEUE_READY, 0);
	wr(VIRTIO_MMIO_QUEUE_NUM, size);
	wr(VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)desc);
	wr(VIRTIO_MMIO_QUEUE_DESC_HIGH, (uint32_t)(desc >> 32));
	uint64_t ring = page_at + offsetof(struct page, avail);
	wr(VIRTIO_MMIO_QUEUE_AVAIL_LOW, (uint32_t)ring);
	wr(VIRTIO_MMIO_QUEUE_AVAIL_HIGH, (uint32_t)(ring >> 32));
	ring = page_at + offsetof(struct page, used);
	wr(VIRTIO_MMIO_QUEUE_USED_LOW, (uint32_t)ring);
	wr(VIRTIO_MMIO_QUEUE_USED_HIGH, (uint32_t)(ring >> 32));
	wr(VIRTIO_MMIO_QUEUE_READY, 1);
}

/* From nothing to a driver that is ready, with its one queue in our page. */
static void reset(void)
{
	wr(VIRTIO_MMIO_STATUS, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, 1);
	memset(page->desc, 0, sizeof(page->desc));
	memset(page->avail, 0, sizeof(page->avail));
	avail()->flags = VRING_AVAIL_F_NO_INTERRUPT; /* not for the kernel's driver to handle */
	set_queue(ENTRIES, page_at);
	wr(VIRTIO_MMIO_STATUS, 15);
}

static bool is_broken(void)
{
	return rd(VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

static void desc(unsigned i, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	page->desc[i] = (struct vring_desc){.addr = addr, .len = len, .flags = flags, .next = next};
}

static void offer(uint16_t head, uint16_t entries)
{
	avail()->ring[avail()->idx % ENTRIES] = head;
	atomic_thread_fence(memory_order_seq_cst);
	avail()->idx += entries;
	atomic_thread_fence(memory_order_seq_cst);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, QUEUE);
}

static uint64_t buffer_at(void)
{
	return page_at + offsetof(struct page, buffer);
}

static const struct {
	const char *what;
	struct vring_desc first, second;
	uint16_t head, entries;
} attacks[] = {
	{"a loop", {0, 8, 1, 1}, {0, 8, 1, 0}, 0, 1},
	{"a next beyond the table", {0, 8, 1, 500}, {0}, 0, 1},
	{"a head beyond the table", {0, 8, 0, 0}, {0}, 9000, 1},
	{"an address beyond memory", {1ull << 40, 8, 0, 0}, {0}, 0, 1},
	{"an address that wraps", {~0ull, 0x10000, 0, 0}, {0}, 0, 1},
	{"the hole below 4 GiB", {0xd0000000, 8, 0, 0}, {0}, 0, 1},
	{"a length of 4 GiB", {0, 0xffffffff, 0, 0}, {0}, 0, 1},
	{"a length of 0", {0, 0, 0, 0}, {0}, 0, 1},
	{"a chain of more than 1 MiB", {0x100000, 0xc0000, 1, 1}, {0x100000, 0xc0000, 0, 0}, 0, 1},
	{"an indirect table", {0, 16, VRING_DESC_F_INDIRECT, 0}, {0}, 0, 1},
	{"the wrong direction", {0, 8, VRING_DESC_F_WRITE, 0}, {0}, 0, 1},
	{"more entries than the ring has", {0, 8, 0, 0}, {0}, 0, 1000},
};

/* Addresses of 0 stand for the buffer. */
static void attack(struct ktstr_ctx *ctx, size_t i)
{
	const struct vring_desc *a = &attacks[i].first, *b = &attacks[i].second;
	reset();
	if (is_broken())
		ktstr_fail(ctx, "the device is broken before %s", attacks[i].what);
	desc(0, a->addr ? a->addr : buffer_at(), a->len, a->flags, a->next);
	desc(1, b->addr ? b->addr : buffer_at(), b->len, b->flags, b->next);
	offer(attacks[i].head, attacks[i].entries);
	if (!is_broken())
		ktstr_fail(ctx, "the device took %s", attacks[i].what);
}

static void bad_setups(struct ktstr_ctx *ctx)
{
	static const struct {
		uint32_t size;
		uint64_t desc;
	} setups[] = {{3, 0}, {0, 0}, {1u << 20, 0}, {ENTRIES, 8}, {ENTRIES, 1ull << 50},
		{ENTRIES, ~15ull}};
	for (size_t i = 0; i < KT_ARRAY_LEN(setups); i++) {
		reset();
		set_queue(setups[i].size, setups[i].desc ? setups[i].desc : page_at);
		if (!is_broken())
			ktstr_fail(ctx, "the device took a ring of %u at 0x%llx", setups[i].size,
				(unsigned long long)setups[i].desc);
	}
}

static _Atomic bool racing = true;

/* Every value a device could have looked at becomes another one. */
static void *rewrite(void *arg)
{
	static const uint64_t addresses[] = {0, 1ull << 40, ~0ull, 0xbfffffff, 0x100000};
	static const uint32_t lengths[] = {8, 0, 0xffffffff, 0x100000, 64};
	uint32_t x = 1;
	(void)arg;
	while (atomic_load_explicit(&racing, memory_order_relaxed)) {
		x = x * 1664525 + 1013904223;
		volatile struct vring_desc *d = &page->desc[x >> 29];
		uint64_t addr = addresses[(x >> 8) % 5];
		d->addr = addr ? addr : buffer_at();
		d->len = lengths[(x >> 12) % 5];
		d->flags = (x >> 16) & 3;
		d->next = (x >> 20) & 15;
		avail()->ring[(x >> 24) % ENTRIES] = (x >> 4) & 15;
	}
	return NULL;
}

static void race(struct ktstr_ctx *ctx)
{
	pthread_t thread;
	unsigned broken = 0, turns = 0;
	inside_must(pthread_create(&thread, NULL, rewrite, NULL) == 0, "a thread");
	uint64_t deadline = kt_deadline_ms(RACE_MS);
	for (; turns < RACE_TURNS && !kt_deadline_passed(deadline); turns++) {
		if (is_broken() || !turns)
			reset();
		offer((uint16_t)(turns % ENTRIES), 1);
		broken += is_broken();
	}
	atomic_store(&racing, false);
	pthread_join(thread, NULL);
	ktstr_note(ctx, "%u turns of the race, %u of them broke the device", turns, broken);
	if (!broken)
		ktstr_fail(ctx, "nothing that the other CPU wrote was found");
}

KTSTR_TEST_BODY(ring_rules, "a driver that breaks the rules of virtio",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(1))
{
	inside_write("/sys/bus/virtio/drivers/virtio_console/unbind", "virtio0", 7);
	map_all();
	for (size_t i = 0; i < KT_ARRAY_LEN(attacks); i++)
		attack(ctx, i);
	bad_setups(ctx);
	race(ctx);
	wr(VIRTIO_MMIO_STATUS, 0);
}

KTSTR_TEST_BODY(ring_calm, "the next machine of the same monitor", .topology = TOPOLOGY(1, 1, 1, 1),
	.duration_ms = SECONDS(1))
{
	(void)ctx;
}
