// SPDX-License-Identifier: GPL-2.0-only
/*
 * One virtqueue whose rings the input rewrites between all steps. Whatever it does: a chain
 * that was taken lies in guest memory and within its limits.
 */
#include "fuzz/fuzz_mem.h"
#include "vmm/virtio_queue.h"

#define LOW_BYTES  0x4000u
#define HIGH_BYTES 0x1000u
#define STEPS_MAX  512u

static struct kt_vmm_mem mem;

/* Somewhere in memory, mostly; a range is told by a bit. */
static uint64_t address(struct fuzz_in *in)
{
	uint64_t v = fuzz_number(in, 2);
	return v & 0x8000 ? KT_X86_GAP_END + (v & 0xfff) : v;
}

static void rewrite(struct fuzz_in *in)
{
	uint64_t at = address(in);
	size_t n = fuzz_number(in, 1) % 32 + 1;
	void *to = kt_vmm_mem_at(&mem, at, n);
	if (to)
		fuzz_take(in, to, n);
}

static void check_chain(const struct kt_virtq_chain *c)
{
	size_t total = 0;
	FUZZ_CHECK(c->out_count + c->in_count >= 1);
	FUZZ_CHECK(c->out_count + c->in_count <= KT_VIRTQ_SIZE_MAX);
	for (unsigned i = 0; i < c->out_count + c->in_count; i++) {
		volatile uint8_t *p = c->iov[i].iov_base;
		FUZZ_CHECK(c->iov[i].iov_len);
		total += c->iov[i].iov_len;
		if (i < c->out_count) /* ASan looks at both ends */
			(void)(p[0] + p[c->iov[i].iov_len - 1]);
		else
			p[0] = p[c->iov[i].iov_len - 1] = 1;
	}
	FUZZ_CHECK(total == c->bytes && total <= KT_VIRTQ_CHAIN_BYTES_MAX);
}

static void step(struct fuzz_in *in, struct kt_virtq *q)
{
	struct kt_virtq_chain chain;
	bool any = false;
	switch (fuzz_number(in, 1) % 4) {
	case 0:
		rewrite(in);
		return;
	case 1:
		if (kt_virtq_pop(q, &mem, &chain, &any) == KT_VIRTQ_OK && any)
			check_chain(&chain);
		return;
	case 2:
		/* A head that nobody took is the guest's affair. */
		if (q->ready)
			kt_virtq_push(q, &mem, (uint16_t)fuzz_number(in, 2),
				(uint32_t)fuzz_number(in, 4));
		return;
	default:
		if (q->ready)
			kt_virtq_wants_interrupt(q, &mem);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_in in = {data, bytes};
	if (!mem.bytes)
		mem = fuzz_mem(LOW_BYTES, HIGH_BYTES);
	memset(mem.ranges[0].host, 0, LOW_BYTES);
	memset(mem.ranges[1].host, 0, HIGH_BYTES);
	struct kt_virtq q = {.size = (uint32_t)fuzz_number(&in, 1)};
	q.desc = address(&in);
	q.avail = address(&in);
	q.used = address(&in);
	q.ready = kt_virtq_check(&q, &mem) == KT_VIRTQ_OK;
	for (unsigned i = 0; in.left && i < STEPS_MAX; i++)
		step(&in, &q);
	return 0;
}
