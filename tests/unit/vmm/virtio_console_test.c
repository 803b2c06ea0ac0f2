// SPDX-License-Identifier: GPL-2.0-only
/* A driver in a few lines: offers buffers, kicks, and reads what the device left. */
#include "vmm/virtio_console.h"

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "unit/vmm/ring.h"

#define QUEUES	   6u
#define CONTROL_RX 2u
#define CONTROL_TX 3u
#define FRAMES_RX  4u
#define FRAMES_TX  5u

static struct kt_vmm_mem mem;
static struct kt_vmm_virtio_console con;
static struct ring rings[QUEUES];
static char got[KT_VM_PORTS][256];
static size_t got_bytes[KT_VM_PORTS];
static uint64_t next_buffer;

static void take(unsigned port, const void *data, size_t bytes)
{
	if (got_bytes[port] + bytes < sizeof(got[port]))
		memcpy(got[port] + got_bytes[port], data, bytes);
	got_bytes[port] += bytes;
}

static void take_term(void *arg, const void *data, size_t bytes)
{
	(void)arg;
	take(KT_VM_PORT_TERM, data, bytes);
}

static void take_frames(void *arg, const void *data, size_t bytes)
{
	(void)arg;
	take(KT_VM_PORT_FRAMES, data, bytes);
}

static void wr(uint64_t reg, uint32_t v)
{
	kt_virtio_mmio_io(&con.virtio, reg, &v, 4, true);
}

static void start_driver(void)
{
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, 1u << VIRTIO_CONSOLE_F_MULTIPORT);
	wr(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(VIRTIO_MMIO_DRIVER_FEATURES, 1);
	for (unsigned i = 0; i < QUEUES; i++) {
		rings[i] = ring_at(&mem, i);
		memset(kt_vmm_mem_at(&mem, rings[i].desc, RING_BYTES), 0, RING_BYTES);
		wr(VIRTIO_MMIO_QUEUE_SEL, i);
		wr(VIRTIO_MMIO_QUEUE_NUM, RING_SIZE);
		wr(VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)rings[i].desc);
		wr(VIRTIO_MMIO_QUEUE_AVAIL_LOW, (uint32_t)rings[i].avail);
		wr(VIRTIO_MMIO_QUEUE_USED_LOW, (uint32_t)rings[i].used);
		wr(VIRTIO_MMIO_QUEUE_READY, 1);
	}
	wr(VIRTIO_MMIO_STATUS, 15);
	cr_assert(kt_virtio_live(&con.virtio));
}

static void setup(void)
{
	const struct kt_vm_sinks sinks = {
		.port = {[KT_VM_PORT_TERM] = take_term, [KT_VM_PORT_FRAMES] = take_frames}};
	cr_assert_eq(kt_vmm_mem_init(&mem, 4 << 20, NULL), 0);
	kt_vmm_virtio_console_init(&con, &mem, &sinks);
	next_buffer = 0x100000;
	start_driver();
}

static void teardown(void)
{
	kt_vmm_virtio_console_done(&con);
	kt_vmm_mem_done(&mem);
}

/* Offer one buffer of a queue and kick; returns its address. */
static uint64_t offer(unsigned queue, const void *data, uint32_t bytes)
{
	struct ring *r = &rings[queue];
	uint64_t at = next_buffer;
	next_buffer += bytes;
	if (data)
		memcpy(kt_vmm_mem_at(&mem, at, bytes), data, bytes);
	ring_set(r, r->next % RING_SIZE, at, bytes, data ? 0 : VRING_DESC_F_WRITE, 0);
	ring_offer(r, r->next % RING_SIZE);
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, queue);
	return at;
}

static void control(uint32_t id, uint16_t event, uint16_t value)
{
	struct virtio_console_control msg = {.id = id, .event = event, .value = value};
	offer(CONTROL_TX, &msg, sizeof(msg));
}

/* Give the device a control buffer and expect this message in it; NAME follows if given. */
static void expect_control(uint32_t id, uint16_t event, const char *name)
{
	uint16_t used = ring_used(&rings[CONTROL_RX])->idx;
	uint64_t at = offer(CONTROL_RX, NULL, 64);
	cr_assert_eq((uint16_t)(ring_used(&rings[CONTROL_RX])->idx - used), 1);
	const struct virtio_console_control *msg = kt_vmm_mem_at(&mem, at, 64);
	cr_assert_eq(msg->id, id);
	cr_assert_eq(msg->event, event);
	uint32_t bytes = ring_used(&rings[CONTROL_RX])->ring[used % RING_SIZE].len;
	cr_assert_eq(bytes, sizeof(*msg) + (name ? strlen(name) : 0));
	if (name)
		cr_assert_eq(memcmp(msg + 1, name, strlen(name)), 0);
}

TestSuite(virtio_console, .init = setup, .fini = teardown);

Test(virtio_console, ports_are_added_named_and_opened)
{
	control(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
	for (unsigned port = 0; port < KT_VM_PORTS; port++)
		expect_control(port, VIRTIO_CONSOLE_PORT_ADD, NULL);
	control(0, VIRTIO_CONSOLE_PORT_READY, 1);
	expect_control(0, VIRTIO_CONSOLE_CONSOLE_PORT, NULL);
	expect_control(0, VIRTIO_CONSOLE_PORT_NAME, "org.ktstr.term");
	expect_control(0, VIRTIO_CONSOLE_PORT_OPEN, NULL);
	control(1, VIRTIO_CONSOLE_PORT_READY, 1);
	expect_control(1, VIRTIO_CONSOLE_PORT_NAME, "org.ktstr.frames");
	expect_control(1, VIRTIO_CONSOLE_PORT_OPEN, NULL);
	cr_assert_eq(con.virtio.errors, 0);
}

Test(virtio_console, output_reaches_the_sink_of_its_port_in_order)
{
	offer(FRAMES_TX, "one ", 4);
	offer(1, "term", 4);
	offer(FRAMES_TX, "two", 3);
	cr_assert_str_eq(got[KT_VM_PORT_FRAMES], "one two");
	cr_assert_str_eq(got[KT_VM_PORT_TERM], "term");
	cr_assert_eq(ring_used(&rings[FRAMES_TX])->idx, 2);
	cr_assert(con.virtio.irq.level);
}

Test(virtio_console, output_of_a_port_without_sink_is_taken_too)
{
	con.ports[KT_VM_PORT_FRAMES].sink = NULL;
	offer(FRAMES_TX, "frame", 5);
	cr_assert_eq(ring_used(&rings[FRAMES_TX])->idx, 1);
}

Test(virtio_console, much_output_is_taken_in_turns_and_none_is_lost)
{
	enum { BYTES = 200000, CHAINS = 4 };
	struct ring *r = &rings[FRAMES_TX];
	for (unsigned i = 0; i < CHAINS; i++) {
		ring_set(r, i, next_buffer + i * BYTES, BYTES, 0, 0);
		ring_offer(r, i);
	}
	wr(VIRTIO_MMIO_QUEUE_NOTIFY, FRAMES_TX);
	cr_assert_eq(got_bytes[KT_VM_PORT_FRAMES], 2 * BYTES);
	cr_assert(con.unserved);
	while (kt_vmm_virtio_console_resume(&con))
		;
	cr_assert_eq(got_bytes[KT_VM_PORT_FRAMES], CHAINS * BYTES);
	cr_assert_eq(ring_used(r)->idx, CHAINS);
}

Test(virtio_console, a_reset_forgets_the_output_that_waits)
{
	con.unserved = 1u << KT_VM_PORT_FRAMES;
	wr(VIRTIO_MMIO_STATUS, 0);
	cr_assert_not(kt_vmm_virtio_console_resume(&con));
}

Test(virtio_console, long_output_arrives_whole)
{
	static char big[100000];
	offer(FRAMES_TX, big, sizeof(big));
	cr_assert_eq(got_bytes[KT_VM_PORT_FRAMES], sizeof(big));
}

Test(virtio_console, input_waits_for_the_open_port_and_for_buffers)
{
	uint64_t at = offer(FRAMES_RX, NULL, 4);
	cr_assert_eq(kt_vmm_virtio_console_send(&con, KT_VM_PORT_FRAMES, "abcdef", 6), 0);
	cr_assert_eq(ring_used(&rings[FRAMES_RX])->idx, 0);
	control(1, VIRTIO_CONSOLE_PORT_OPEN, 1);
	cr_assert_eq(ring_used(&rings[FRAMES_RX])->idx, 1);
	cr_assert_eq(ring_used(&rings[FRAMES_RX])->ring[0].len, 4);
	cr_assert_eq(memcmp(kt_vmm_mem_at(&mem, at, 4), "abcd", 4), 0);
	at = offer(FRAMES_RX, NULL, 64);
	cr_assert_eq(ring_used(&rings[FRAMES_RX])->ring[1].len, 2);
	cr_assert_eq(memcmp(kt_vmm_mem_at(&mem, at, 2), "ef", 2), 0);
	control(1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	offer(FRAMES_RX, NULL, 64);
	cr_assert_eq(kt_vmm_virtio_console_send(&con, KT_VM_PORT_FRAMES, "x", 1), 0);
	cr_assert_eq(ring_used(&rings[FRAMES_RX])->idx, 2);
}

Test(virtio_console, too_much_waiting_input_is_refused_whole)
{
	static char big[KT_VMM_SEND_WAITING_MAX];
	cr_assert_eq(kt_vmm_virtio_console_send(&con, KT_VM_PORT_FRAMES, big, sizeof(big)), 0);
	cr_assert_eq(kt_vmm_virtio_console_send(&con, KT_VM_PORT_FRAMES, "x", 1), -ENOBUFS);
	cr_assert_eq(con.ports[KT_VM_PORT_FRAMES].waiting.len, sizeof(big));
}

Test(virtio_console, control_messages_for_ports_that_are_not_there_are_dropped)
{
	const uint32_t ids[] = {KT_VM_PORTS, 1000, UINT32_MAX};
	for (unsigned i = 0; i < 3; i++) {
		control(ids[i], VIRTIO_CONSOLE_PORT_READY, 1);
		control(ids[i], VIRTIO_CONSOLE_PORT_OPEN, 1);
	}
	cr_assert_eq(con.control_count, 0);
	control(0, 0xffff, 1);
	offer(CONTROL_TX, "short", 5);
	cr_assert_eq(con.virtio.errors, 0);
	cr_assert_eq(ring_used(&rings[CONTROL_TX])->idx, 8);
}

Test(virtio_console, a_driver_that_asks_without_end_breaks_the_device)
{
	for (unsigned i = 0; i < 100 && kt_virtio_live(&con.virtio); i++)
		control(0, VIRTIO_CONSOLE_PORT_READY, 1);
	cr_assert_not(kt_virtio_live(&con.virtio));
	cr_assert_leq(con.control_count, KT_VMM_CONTROL_WAITING_MAX);
	cr_assert_eq(con.virtio.errors, 1);
}

Test(virtio_console, writable_buffers_in_an_output_queue_break_the_device)
{
	offer(FRAMES_TX, NULL, 16);
	cr_assert_eq(con.virtio.errors, 1);
	cr_assert_eq(con.virtio.last_fault, KT_VIRTQ_BAD_DIRECTION);
	offer(FRAMES_TX, "late", 4);
	cr_assert_eq(got_bytes[KT_VM_PORT_FRAMES], 0);
}

Test(virtio_console, readable_buffers_in_an_input_queue_break_the_device)
{
	offer(FRAMES_RX, "no", 2);
	control(1, VIRTIO_CONSOLE_PORT_OPEN, 1);
	cr_assert_eq(con.virtio.errors, 0);
	cr_assert_eq(kt_vmm_virtio_console_send(&con, KT_VM_PORT_FRAMES, "x", 1), 0);
	cr_assert_eq(con.virtio.errors, 1);
}

Test(virtio_console, reset_and_a_second_driver_work_after_a_break)
{
	offer(FRAMES_TX, NULL, 16);
	wr(VIRTIO_MMIO_STATUS, 0);
	start_driver();
	offer(FRAMES_TX, "again", 5);
	cr_assert_str_eq(got[KT_VM_PORT_FRAMES], "again");
}
