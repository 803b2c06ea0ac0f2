// SPDX-License-Identifier: GPL-2.0-only
#include "vmm/virtio_mmio.h"

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "unit/vmm/ring.h"

#define FEATURE 3u
#define LIVE                                                                                       \
	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK |      \
		VIRTIO_CONFIG_S_DRIVER_OK)

static unsigned notified, resets;

static void count_notify(struct kt_virtio *v, unsigned queue)
{
	(void)v;
	notified += 1 + 100 * queue;
}

static void count_reset(struct kt_virtio *v)
{
	(void)v;
	resets++;
}

static const struct kt_virtio_ops ops = {
	.device_id = 42, .features = 1ull << FEATURE, .notify = count_notify, .reset = count_reset};
static const uint8_t config[] = {1, 2, 3, 4, 5};

static struct kt_vmm_mem mem;
static struct kt_virtio dev;

static void setup(void)
{
	cr_assert_eq(kt_vmm_mem_init(&mem, 4 << 20, NULL), 0);
	dev = (struct kt_virtio){.ops = &ops,
		.mem = &mem,
		.config = config,
		.config_bytes = sizeof(config),
		.queue_count = 2,
		.irq = {.vm_fd = -1}};
	notified = resets = 0;
}

static void teardown(void)
{
	kt_vmm_mem_done(&mem);
}

static uint32_t rd(uint64_t reg)
{
	uint32_t v = 0xdeadbeef;
	kt_virtio_mmio_io(&dev, reg, &v, 4, false);
	return v;
}

static void wr(uint64_t reg, uint32_t v)
{
	kt_virtio_mmio_io(&dev, reg, &v, 4, true);
}

static void accept_features(uint64_t features)
{
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static void set_queue(unsigned i, uint32_t size, uint64_t desc)
{
	struct ring ring = ring_at(&mem, i);
	wr(VIRTIO_MMIO_QUEUE_SEL, i);
	wr(VIRTIO_MMIO_QUEUE_NUM, size);
	wr(VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)desc);
	wr(VIRTIO_MMIO_QUEUE_DESC_HIGH, (uint32_t)(desc >> 32));
	wr(VIRTIO_MMIO_QUEUE_AVAIL_LOW, (uint32_t)ring.avail);
	wr(VIRTIO_MMIO_QUEUE_USED_LOW, (uint32_t)ring.used);
	wr(VIRTIO_MMIO_QUEUE_READY, 1);
}

static void go_live(void)
{
	accept_features(1ull << VIRTIO_F_VERSION_1);
	set_queue(1, RING_SIZE, ring_at(&mem, 1).desc);
	wr(VIRTIO_MMIO_STATUS, LIVE);
}

TestSuite(virtio_mmio, .init = setup, .fini = teardown);

Test(virtio_mmio, registers_identify_a_modern_device)
{
	cr_assert_eq(rd(VIRTIO_MMIO_MAGIC_VALUE), 0x74726976);
	cr_assert_eq(rd(VIRTIO_MMIO_VERSION), 2);
	cr_assert_eq(rd(VIRTIO_MMIO_DEVICE_ID), 42);
	cr_assert_eq(rd(VIRTIO_MMIO_DEVICE_FEATURES), 1u << FEATURE);
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	cr_assert_eq(rd(VIRTIO_MMIO_DEVICE_FEATURES), 1);
	wr(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
	cr_assert_eq(rd(VIRTIO_MMIO_DEVICE_FEATURES), 0);
}

Test(virtio_mmio, features_not_offered_or_legacy_drivers_are_refused)
{
	accept_features(1ull << VIRTIO_F_VERSION_1 | 1ull << 5);
	wr(VIRTIO_MMIO_STATUS, LIVE);
	cr_assert_not(rd(VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_FEATURES_OK);
	cr_assert_not(kt_virtio_live(&dev));
	accept_features(1ull << FEATURE);
	wr(VIRTIO_MMIO_STATUS, LIVE);
	cr_assert_not(kt_virtio_live(&dev));
	accept_features(1ull << VIRTIO_F_VERSION_1 | 1ull << FEATURE);
	wr(VIRTIO_MMIO_STATUS, LIVE);
	cr_assert(kt_virtio_live(&dev));
}

Test(virtio_mmio, kicks_reach_ready_queues_of_a_live_device_only)
{
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
	go_live();
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 0); /* not ready */
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 2); /* no such queue */
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, UINT32_MAX);
	cr_assert_eq(notified, 0);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
	cr_assert_eq(notified, 101);
}

Test(virtio_mmio, an_unsound_queue_breaks_the_device_until_reset)
{
	accept_features(1ull << VIRTIO_F_VERSION_1);
	set_queue(0, 3, ring_at(&mem, 0).desc);
	cr_assert_eq(dev.errors, 1);
	cr_assert_eq(dev.last_fault, KT_VIRTQ_BAD_SETUP);
	cr_assert_eq(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	cr_assert(dev.irq.level);
	cr_assert_eq(rd(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	wr(VIRTIO_MMIO_STATUS, LIVE);
	cr_assert(rd(VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET);
	cr_assert_not(kt_virtio_live(&dev));

	wr(VIRTIO_MMIO_STATUS, 0);
	cr_assert_eq(resets, 1);
	cr_assert_not(dev.irq.level);
	go_live();
	cr_assert(kt_virtio_live(&dev));
	cr_assert_eq(dev.errors, 1);
}

Test(virtio_mmio, queue_registers_are_frozen_while_ready)
{
	go_live();
	wr(VIRTIO_MMIO_QUEUE_NUM, 1);
	wr(VIRTIO_MMIO_QUEUE_DESC_LOW, 0);
	cr_assert_eq(dev.queues[1].size, RING_SIZE);
	cr_assert_eq(dev.queues[1].desc, ring_at(&mem, 1).desc);
}

Test(virtio_mmio, selecting_a_queue_that_is_not_there_is_harmless)
{
	set_queue(2, RING_SIZE, 0x1000);
	set_queue(UINT32_MAX, RING_SIZE, 0x1000);
	cr_assert_eq(rd(VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
	cr_assert_eq(rd(VIRTIO_MMIO_QUEUE_READY), 0);
	cr_assert_eq(dev.errors, 0);
}

Test(virtio_mmio, config_space_reads_stay_inside)
{
	uint32_t v = 0xffffffff;
	kt_virtio_mmio_io(&dev, VIRTIO_MMIO_CONFIG, &v, 4, false);
	cr_assert_eq(v, 0x04030201);
	kt_virtio_mmio_io(&dev, VIRTIO_MMIO_CONFIG + 2, &v, 4, false);
	cr_assert_eq(v, 0);
	uint8_t byte = 0xff;
	kt_virtio_mmio_io(&dev, VIRTIO_MMIO_CONFIG + 4, &byte, 1, false);
	cr_assert_eq(byte, 5);
	kt_virtio_mmio_io(&dev, 0xfff, &byte, 1, false);
	cr_assert_eq(byte, 0);
	kt_virtio_mmio_io(&dev, VIRTIO_MMIO_CONFIG, &v, 4, true);
}

Test(virtio_mmio, accesses_of_odd_width_read_zero_and_write_nothing)
{
	uint64_t v = UINT64_MAX;
	kt_virtio_mmio_io(&dev, VIRTIO_MMIO_MAGIC_VALUE, &v, 8, false);
	cr_assert_eq(v, 0);
	uint16_t status = LIVE;
	kt_virtio_mmio_io(&dev, VIRTIO_MMIO_STATUS, &status, 2, true);
	kt_virtio_mmio_io(&dev, VIRTIO_MMIO_STATUS + 1, &v, 4, true);
	cr_assert_eq(rd(VIRTIO_MMIO_STATUS), 0);
}

Test(virtio_mmio, acknowledging_lowers_the_line_when_nothing_is_left)
{
	go_live();
	kt_virtio_used(&dev, 1);
	kt_virtio_break(&dev, KT_VIRTQ_LOOP);
	wr(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_VRING);
	cr_assert(dev.irq.level);
	wr(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_CONFIG);
	cr_assert_not(dev.irq.level);
}
