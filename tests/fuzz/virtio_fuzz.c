// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole virtio console behind its registers: the input is a driver that writes registers
 * and guest memory, also while the device is in the middle of handing output to a sink.
 */
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "fuzz/fuzz_mem.h"
#include "vmm/virtio_console.h"

#define LOW_BYTES    0x4000u
#define HIGH_BYTES   0x1000u
#define STEPS_MAX    256u
#define RESUMES_MAX  64u
#define QUEUES	     (2 * KT_VM_PORTS + 2)
#define RING_ENTRIES 8u

struct driver {
	struct fuzz_in in;
	struct kt_vmm_virtio_console con;
	unsigned depth; /* of sinks that send */
};

static struct kt_vmm_mem mem;

static void rewrite(struct driver *d)
{
	uint64_t at = fuzz_number(&d->in, 2);
	size_t n = fuzz_number(&d->in, 1) % 32 + 1;
	void *to = kt_vmm_mem_at(&mem, at & 0x8000 ? KT_X86_GAP_END + (at & 0xfff) : at, n);
	if (to)
		fuzz_take(&d->in, to, n);
}

static void sink(void *arg, const void *data, size_t bytes)
{
	struct driver *d = arg;
	volatile uint8_t last = ((const uint8_t *)data)[bytes - 1];
	(void)last;
	FUZZ_CHECK(bytes);
	if (!d->in.left)
		return;
	rewrite(d);
	/* A sink may send. */
	if (!d->depth && fuzz_number(&d->in, 1) % 4 == 0) {
		d->depth++;
		(void)kt_vmm_virtio_console_send(
			&d->con, KT_VM_PORT_FRAMES, data, bytes); /* full is an answer too */
		d->depth--;
	}
}

static void write_reg(struct driver *d, uint64_t reg, uint32_t value)
{
	kt_virtio_mmio_io(&d->con.virtio, reg, &value, sizeof(value), true);
}

/* As Linux does it, each queue in a page of its own: a start that random writes never find. */
static void set_up(struct driver *d)
{
	write_reg(d, VIRTIO_MMIO_STATUS, 0);
	write_reg(d, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	write_reg(d, VIRTIO_MMIO_DRIVER_FEATURES, 1u << VIRTIO_CONSOLE_F_MULTIPORT);
	write_reg(d, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	write_reg(d, VIRTIO_MMIO_DRIVER_FEATURES, 1);
	for (unsigned i = 0; i < QUEUES; i++) {
		uint32_t at = i * 0x400;
		write_reg(d, VIRTIO_MMIO_QUEUE_SEL, i);
		write_reg(d, VIRTIO_MMIO_QUEUE_NUM, RING_ENTRIES);
		write_reg(d, VIRTIO_MMIO_QUEUE_DESC_LOW, at);
		write_reg(d, VIRTIO_MMIO_QUEUE_AVAIL_LOW, at + 0x100);
		write_reg(d, VIRTIO_MMIO_QUEUE_USED_LOW, at + 0x200);
		write_reg(d, VIRTIO_MMIO_QUEUE_READY, 1);
	}
	write_reg(d, VIRTIO_MMIO_STATUS, 15);
}

/* Offer descriptor 0 of a queue; what it says is the input's affair. */
static void offer(struct driver *d)
{
	unsigned queue = (unsigned)fuzz_number(&d->in, 1) % QUEUES;
	uint8_t *ring = kt_vmm_mem_at(&mem, queue * 0x400, 0x400);
	uint64_t addr = fuzz_number(&d->in, 2);
	uint32_t len = (uint32_t)fuzz_number(&d->in, 2);
	uint16_t flags = queue & 1 ? 0 : 2, idx;
	memcpy(ring, &addr, sizeof(addr));
	memcpy(ring + 8, &len, sizeof(len));
	memcpy(ring + 12, &flags, sizeof(flags));
	memcpy(&idx, ring + 0x102, sizeof(idx));
	idx++;
	memcpy(ring + 0x102, &idx, sizeof(idx));
	write_reg(d, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

static void access_reg(struct driver *d)
{
	static const uint8_t sizes[] = {1, 2, 4, 8};
	uint8_t data[8];
	uint8_t how = (uint8_t)fuzz_number(&d->in, 1);
	uint64_t reg = fuzz_number(&d->in, 1) * (how & 0x40 ? 4 : 1);
	bool is_write = how & 0x80;
	fuzz_take(&d->in, data, is_write ? sizeof(data) : 0);
	kt_virtio_mmio_io(&d->con.virtio, reg, data, sizes[how & 3], is_write);
}

static void send(struct driver *d)
{
	uint8_t data[64];
	size_t n = fuzz_take(&d->in, data, sizeof(data));
	(void)kt_vmm_virtio_console_send(&d->con, n & 1 ? KT_VM_PORT_FRAMES : KT_VM_PORT_TERM, data,
		n); /* full is an answer too */
}

static void resume(struct driver *d)
{
	for (unsigned i = 0; i < RESUMES_MAX && kt_vmm_virtio_console_resume(&d->con); i++)
		;
}

static void (*const steps[])(struct driver *d) = {access_reg, rewrite, offer, send, resume, set_up};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct driver d;
	if (!mem.bytes)
		mem = fuzz_mem(LOW_BYTES, HIGH_BYTES);
	memset(mem.ranges[0].host, 0, LOW_BYTES);
	memset(mem.ranges[1].host, 0, HIGH_BYTES);
	d = (struct driver){.in = {data, bytes}};
	kt_vmm_virtio_console_init(&d.con, &mem,
		&(struct kt_vm_sinks){
			.arg = &d, .port = {[KT_VM_PORT_TERM] = sink, [KT_VM_PORT_FRAMES] = sink}});
	if (fuzz_number(&d.in, 1) & 1)
		set_up(&d);
	for (unsigned i = 0; d.in.left && i < STEPS_MAX; i++)
		steps[fuzz_number(&d.in, 1) % KT_ARRAY_LEN(steps)](&d);
	resume(&d);
	FUZZ_CHECK(!d.con.virtio.errors || d.con.virtio.last_fault != KT_VIRTQ_OK);
	kt_vmm_virtio_console_done(&d.con);
	return 0;
}
