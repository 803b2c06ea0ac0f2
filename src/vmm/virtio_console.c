// SPDX-License-Identifier: GPL-2.0-only
/*
 * The multiport console of virtio 1.2, section 5.3. Queues: input and output of port 0, then
 * control input and output, then input and output of each further port. A notification serves
 * at most one queue's worth of chains, so that CPUs of the guest cannot keep another one in
 * here; what is added meanwhile comes with its own notification. Output ends its turn earlier,
 * after TURN_BYTES, and goes on in kt_vmm_virtio_console_resume.
 */
#include "vmm/virtio_console.h"

#include <errno.h>
#include <linux/virtio_ids.h>
#include <string.h>

#include "base/mem.h"

#define CONTROL_RX 2u
#define CONTROL_TX 3u
#define COPY_BYTES 4096u
#define TURN_BYTES (256u << 10)

static const char *const port_names[KT_VM_PORTS] = {
	[KT_VM_PORT_TERM] = "org.ktstr.term",
	[KT_VM_PORT_FRAMES] = "org.ktstr.frames",
};

static unsigned rx_queue(unsigned port)
{
	return port ? 2 * port + 2 : 0;
}

/* Copy BYTES from DATA into the writable buffers of CHAIN, as many as fit. */
static size_t fill_chain(const struct kt_virtq_chain *chain, const void *data, size_t bytes)
{
	size_t done = 0;
	for (unsigned i = 0; i < chain->in_count && done < bytes; i++) {
		const struct iovec *iov = &chain->iov[chain->out_count + i];
		size_t n = KT_MIN(iov->iov_len, bytes - done);
		memcpy(iov->iov_base, (const char *)data + done, n);
		done += n;
	}
	return done;
}

/*
 * Next chain of a queue of one direction; false when there is none or the guest broke a rule,
 * which marks the device broken.
 */
static bool next_chain(struct kt_virtio *v, unsigned queue, struct kt_virtq_chain *chain)
{
	bool any = false;
	bool input = !(queue & 1);
	enum kt_virtq_fault fault = kt_virtq_pop(&v->queues[queue], v->mem, chain, &any);
	if (!fault && any && (input ? chain->out_count : chain->in_count))
		fault = KT_VIRTQ_BAD_DIRECTION;
	if (fault)
		kt_virtio_break(v, fault);
	return any && !fault;
}

static void give_back(struct kt_virtio *v, unsigned queue, uint16_t head, size_t written)
{
	enum kt_virtq_fault fault =
		kt_virtq_push(&v->queues[queue], v->mem, head, (uint32_t)written);
	if (fault)
		kt_virtio_break(v, fault);
}

/* Send waiting input of PORT into the buffers the guest offers. */
static void flush_port(struct kt_vmm_virtio_console *c, unsigned port)
{
	struct kt_vmm_port *p = &c->ports[port];
	struct kt_virtio *v = &c->virtio;
	unsigned queue = rx_queue(port);
	struct kt_virtq_chain chain;
	bool used = false;
	while (kt_virtio_live(v) && p->guest_open && p->sent < p->waiting.len &&
		next_chain(v, queue, &chain)) {
		size_t n = fill_chain(&chain, p->waiting.text + p->sent, p->waiting.len - p->sent);
		p->sent += n;
		give_back(v, queue, chain.head, n);
		used = true;
	}
	if (p->sent == p->waiting.len) {
		kt_str_cut(&p->waiting, 0);
		p->sent = 0;
	}
	if (used)
		kt_virtio_used(v, queue);
}

/* Bytes of a control message as the guest receives it; only a name makes it longer. */
static size_t control_bytes(const struct virtio_console_control *msg, char *buf, size_t room)
{
	size_t bytes = sizeof(*msg);
	memcpy(buf, msg, sizeof(*msg));
	if (msg->event == VIRTIO_CONSOLE_PORT_NAME) {
		size_t n = strlen(port_names[msg->id]);
		n = KT_MIN(n, room - bytes);
		memcpy(buf + bytes, port_names[msg->id], n);
		bytes += n;
	}
	return bytes;
}

static void flush_control(struct kt_vmm_virtio_console *c)
{
	struct kt_virtio *v = &c->virtio;
	struct kt_virtq_chain chain;
	bool used = false;
	while (kt_virtio_live(v) && c->control_count && next_chain(v, CONTROL_RX, &chain)) {
		char buf[64];
		size_t n = control_bytes(&c->control[c->control_first], buf, sizeof(buf));
		c->control_first = (c->control_first + 1) % KT_VMM_CONTROL_WAITING_MAX;
		c->control_count--;
		give_back(v, CONTROL_RX, chain.head, fill_chain(&chain, buf, n));
		used = true;
	}
	if (used)
		kt_virtio_used(v, CONTROL_RX);
}

static void tell(struct kt_vmm_virtio_console *c, unsigned port, uint16_t event, uint16_t value)
{
	/* A driver takes these at once; one that asks and asks without taking is no driver. */
	if (c->control_count == KT_VMM_CONTROL_WAITING_MAX) {
		kt_virtio_break(&c->virtio, KT_VIRTQ_BAD_AVAIL);
		return;
	}
	unsigned at = (c->control_first + c->control_count++) % KT_VMM_CONTROL_WAITING_MAX;
	c->control[at] =
		(struct virtio_console_control){.id = port, .event = event, .value = value};
}

static void describe_port(struct kt_vmm_virtio_console *c, unsigned port)
{
	if (port == KT_VM_PORT_TERM)
		tell(c, port, VIRTIO_CONSOLE_CONSOLE_PORT, 1);
	tell(c, port, VIRTIO_CONSOLE_PORT_NAME, 1);
	tell(c, port, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

static void take_control(struct kt_vmm_virtio_console *c, const struct virtio_console_control *msg)
{
	switch (msg->event) {
	case VIRTIO_CONSOLE_DEVICE_READY:
		for (unsigned port = 0; msg->value && port < KT_VM_PORTS; port++)
			tell(c, port, VIRTIO_CONSOLE_PORT_ADD, 1);
		return;
	case VIRTIO_CONSOLE_PORT_READY:
		if (msg->id < KT_VM_PORTS && msg->value)
			describe_port(c, msg->id);
		return;
	case VIRTIO_CONSOLE_PORT_OPEN:
		if (msg->id < KT_VM_PORTS) {
			c->ports[msg->id].guest_open = msg->value;
			flush_port(c, msg->id);
		}
		return;
	default: /* events of features that are not offered */
		return;
	}
}

static void drain_control(struct kt_vmm_virtio_console *c)
{
	struct kt_virtio *v = &c->virtio;
	struct kt_virtq_chain chain;
	bool used = false;
	for (unsigned n = 0; n < KT_VIRTQ_SIZE_MAX; n++) {
		if (!kt_virtio_live(v) || !next_chain(v, CONTROL_TX, &chain))
			break;
		struct virtio_console_control msg = {0};
		if (chain.iov[0].iov_len >= sizeof(msg)) {
			memcpy(&msg, chain.iov[0].iov_base, sizeof(msg));
			take_control(c, &msg);
		}
		give_back(v, CONTROL_TX, chain.head, 0);
		used = true;
	}
	if (used)
		kt_virtio_used(v, CONTROL_TX);
	flush_control(c);
}

/* The guest may change a buffer while it is read: the sink gets a copy. */
static void sink_buffer(struct kt_vmm_virtio_console *c, unsigned port, const struct iovec *iov)
{
	char copy[COPY_BYTES];
	if (!c->ports[port].sink)
		return;
	for (size_t at = 0; at < iov->iov_len; at += sizeof(copy)) {
		size_t n = KT_MIN(sizeof(copy), iov->iov_len - at);
		memcpy(copy, (const char *)iov->iov_base + at, n);
		c->ports[port].sink(c->sink_arg, copy, n);
	}
}

static void drain_port(struct kt_vmm_virtio_console *c, unsigned port)
{
	struct kt_virtio *v = &c->virtio;
	unsigned queue = rx_queue(port) + 1;
	struct kt_virtq_chain chain;
	bool used = false;
	size_t bytes = 0;
	c->unserved &= ~(1u << port);
	for (unsigned n = 0; n < KT_VIRTQ_SIZE_MAX; n++) {
		if (!kt_virtio_live(v))
			break;
		if (bytes >= TURN_BYTES) {
			c->unserved |= 1u << port;
			break;
		}
		if (!next_chain(v, queue, &chain))
			break;
		bytes += chain.bytes;
		for (unsigned i = 0; i < chain.out_count; i++)
			sink_buffer(c, port, &chain.iov[i]);
		give_back(v, queue, chain.head, 0);
		used = true;
	}
	if (used)
		kt_virtio_used(v, queue);
}

bool kt_vmm_virtio_console_resume(struct kt_vmm_virtio_console *c)
{
	for (unsigned port = 0; port < KT_VM_PORTS; port++)
		if (c->unserved & 1u << port)
			drain_port(c, port);
	return c->unserved;
}

static void notify(struct kt_virtio *v, unsigned queue)
{
	struct kt_vmm_virtio_console *c = (struct kt_vmm_virtio_console *)v;
	unsigned port = queue < CONTROL_RX ? 0 : queue / 2 - 1;
	if (queue == CONTROL_RX)
		flush_control(c);
	else if (queue == CONTROL_TX)
		drain_control(c);
	else if (queue & 1)
		drain_port(c, port);
	else
		flush_port(c, port);
}

static void reset(struct kt_virtio *v)
{
	struct kt_vmm_virtio_console *c = (struct kt_vmm_virtio_console *)v;
	c->control_count = c->control_first = 0;
	c->unserved = 0;
	for (unsigned port = 0; port < KT_VM_PORTS; port++)
		c->ports[port].guest_open = false;
}

static const struct kt_virtio_ops console_ops = {
	.device_id = VIRTIO_ID_CONSOLE,
	.features = 1ull << VIRTIO_CONSOLE_F_MULTIPORT,
	.notify = notify,
	.reset = reset,
};

void kt_vmm_virtio_console_init(struct kt_vmm_virtio_console *c, const struct kt_vmm_mem *mem,
	const struct kt_vm_sinks *sinks)
{
	c->config.max_nr_ports = KT_VM_PORTS;
	c->virtio = (struct kt_virtio){
		.ops = &console_ops,
		.mem = mem,
		.config = &c->config,
		.config_bytes = sizeof(c->config),
		.queue_count = 2 * KT_VM_PORTS + 2,
		.irq = {.vm_fd = -1},
	};
	c->sink_arg = sinks->arg;
	for (unsigned port = 0; port < KT_VM_PORTS; port++)
		c->ports[port].sink = sinks->port[port];
}

void kt_vmm_virtio_console_done(struct kt_vmm_virtio_console *c)
{
	for (unsigned port = 0; port < KT_VM_PORTS; port++)
		kt_str_done(&c->ports[port].waiting);
}

int kt_vmm_virtio_console_send(
	struct kt_vmm_virtio_console *c, enum kt_vm_port port, const void *data, size_t bytes)
{
	struct kt_vmm_port *p = &c->ports[port];
	if (bytes > KT_VMM_SEND_WAITING_MAX - (p->waiting.len - p->sent))
		return -ENOBUFS;
	size_t before = p->waiting.len;
	kt_str_add_bytes(&p->waiting, data, bytes);
	if (p->waiting.failed) {
		p->waiting.failed = false;
		kt_str_cut(&p->waiting, before);
		return -ENOMEM;
	}
	flush_port(c, port);
	return 0;
}
