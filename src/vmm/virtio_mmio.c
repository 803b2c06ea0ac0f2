// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register file of virtio 1.2, section 4.2. Registers are 32 bits wide; other widths read
 * as zero and are dropped when written, but in the configuration space any width works.
 */
#include "vmm/virtio_mmio.h"

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <string.h>

#define MAGIC	  0x74726976u
#define VENDOR	  0x5254534bu /* "KSTR" */
#define CONFIG_AT VIRTIO_MMIO_CONFIG

bool kt_virtio_live(const struct kt_virtio *v)
{
	return (v->status & VIRTIO_CONFIG_S_DRIVER_OK) &&
	       !(v->status & VIRTIO_CONFIG_S_NEEDS_RESET);
}

static void interrupt(struct kt_virtio *v, uint32_t reason)
{
	v->interrupt |= reason;
	kt_vmm_irq_set(&v->irq, v->interrupt != 0);
}

void kt_virtio_used(struct kt_virtio *v, unsigned queue)
{
	if (kt_virtq_wants_interrupt(&v->queues[queue], v->mem))
		interrupt(v, VIRTIO_MMIO_INT_VRING);
}

void kt_virtio_break(struct kt_virtio *v, enum kt_virtq_fault fault)
{
	v->errors++;
	v->last_fault = fault;
	v->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	interrupt(v, VIRTIO_MMIO_INT_CONFIG);
}

static uint64_t device_features(const struct kt_virtio *v)
{
	return v->ops->features | 1ull << VIRTIO_F_VERSION_1;
}

static void reset(struct kt_virtio *v)
{
	memset(v->queues, 0, sizeof(v->queues));
	v->status = v->interrupt = 0;
	v->device_features_sel = v->driver_features_sel = v->queue_sel = 0;
	v->driver_features = 0;
	kt_vmm_irq_set(&v->irq, false);
	v->ops->reset(v);
}

static void set_status(struct kt_virtio *v, uint32_t status)
{
	if (!status) {
		reset(v);
		return;
	}
	/* What the driver accepted must be what was offered, and not the legacy interface. */
	bool sound = !(v->driver_features & ~device_features(v)) &&
		     v->driver_features & 1ull << VIRTIO_F_VERSION_1;
	if (!sound)
		status &= ~(uint32_t)(VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
	v->status = (status & 0xff) | (v->status & VIRTIO_CONFIG_S_NEEDS_RESET);
}

static void set_ready(struct kt_virtio *v, struct kt_virtq *q, bool ready)
{
	q->ready = false;
	if (!ready)
		return;
	q->next_avail = q->next_used = 0;
	enum kt_virtq_fault fault = kt_virtq_check(q, v->mem);
	if (fault)
		kt_virtio_break(v, fault);
	else
		q->ready = true;
}

static void set_low(uint64_t *v, uint32_t low)
{
	*v = (*v & ~0xffffffffull) | low;
}

static void set_high(uint64_t *v, uint32_t high)
{
	*v = (*v & 0xffffffffull) | (uint64_t)high << 32;
}

/* Registers of the selected queue; frozen while it is ready. */
static void write_queue(struct kt_virtio *v, unsigned reg, uint32_t value)
{
	if (v->queue_sel >= v->queue_count)
		return;
	struct kt_virtq *q = &v->queues[v->queue_sel];
	if (reg == VIRTIO_MMIO_QUEUE_READY)
		set_ready(v, q, value & 1);
	else if (q->ready)
		return;
	else if (reg == VIRTIO_MMIO_QUEUE_NUM)
		q->size = value;
	else if (reg == VIRTIO_MMIO_QUEUE_DESC_LOW)
		set_low(&q->desc, value);
	else if (reg == VIRTIO_MMIO_QUEUE_DESC_HIGH)
		set_high(&q->desc, value);
	else if (reg == VIRTIO_MMIO_QUEUE_AVAIL_LOW)
		set_low(&q->avail, value);
	else if (reg == VIRTIO_MMIO_QUEUE_AVAIL_HIGH)
		set_high(&q->avail, value);
	else if (reg == VIRTIO_MMIO_QUEUE_USED_LOW)
		set_low(&q->used, value);
	else if (reg == VIRTIO_MMIO_QUEUE_USED_HIGH)
		set_high(&q->used, value);
}

static void notify(struct kt_virtio *v, uint32_t queue)
{
	if (queue < v->queue_count && v->queues[queue].ready && kt_virtio_live(v))
		v->ops->notify(v, queue);
}

static void write_reg(struct kt_virtio *v, unsigned reg, uint32_t value)
{
	switch (reg) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		v->device_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		v->driver_features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		if (v->driver_features_sel == 0)
			set_low(&v->driver_features, value);
		else if (v->driver_features_sel == 1)
			set_high(&v->driver_features, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		v->queue_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		notify(v, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		v->interrupt &= ~value;
		kt_vmm_irq_set(&v->irq, v->interrupt != 0);
		break;
	case VIRTIO_MMIO_STATUS:
		set_status(v, value);
		break;
	default:
		write_queue(v, reg, value);
		break;
	}
}

static uint32_t read_features(const struct kt_virtio *v)
{
	if (v->device_features_sel > 1)
		return 0;
	return (uint32_t)(device_features(v) >> (32 * v->device_features_sel));
}

static uint32_t read_reg(const struct kt_virtio *v, unsigned reg)
{
	bool queue = v->queue_sel < v->queue_count;
	switch (reg) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return MAGIC;
	case VIRTIO_MMIO_VERSION:
		return 2;
	case VIRTIO_MMIO_DEVICE_ID:
		return v->ops->device_id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return read_features(v);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return queue ? KT_VIRTQ_SIZE_MAX : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return queue && v->queues[v->queue_sel].ready;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return v->interrupt;
	case VIRTIO_MMIO_STATUS:
		return v->status;
	case VIRTIO_MMIO_SHM_LEN_LOW: /* no shared memory regions: length -1 */
	case VIRTIO_MMIO_SHM_LEN_HIGH:
		return ~0u;
	default:
		return 0;
	}
}

static void read_config(const struct kt_virtio *v, uint64_t at, void *data, unsigned size)
{
	memset(data, 0, size);
	if (at < v->config_bytes && size <= v->config_bytes - at)
		memcpy(data, (const char *)v->config + at, size);
}

void kt_virtio_mmio_io(void *dev, uint64_t offset, void *data, unsigned size, bool is_write)
{
	struct kt_virtio *v = dev;
	uint32_t value = 0;
	if (offset >= CONFIG_AT) {
		if (!is_write)
			read_config(v, offset - CONFIG_AT, data, size);
	} else if (size != sizeof(value) || offset % sizeof(value)) {
		if (!is_write)
			memset(data, 0, size);
	} else if (is_write) {
		memcpy(&value, data, sizeof(value));
		write_reg(v, (unsigned)offset, value);
	} else {
		value = read_reg(v, (unsigned)offset);
		memcpy(data, &value, sizeof(value));
	}
}
