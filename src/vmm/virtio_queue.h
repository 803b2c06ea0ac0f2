/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's side of a split virtqueue. The rings lie in guest memory and may change at any
 * moment: every value is read once and checked, every chain is bounded by the queue's size.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "vmm/memory.h"

#define KT_VIRTQ_SIZE_MAX	 128u
#define KT_VIRTQ_CHAIN_BYTES_MAX (1u << 20) /* bounds what one turn of a device does */

/* What was wrong with a queue; a row each in the text table. */
enum kt_virtq_fault {
	KT_VIRTQ_OK,
	KT_VIRTQ_BAD_SETUP,	/* size, alignment or place of the rings */
	KT_VIRTQ_BAD_AVAIL,	/* more entries announced than the queue holds */
	KT_VIRTQ_BAD_HEAD,	/* head or next beyond the table */
	KT_VIRTQ_LOOP,		/* chain longer than the table */
	KT_VIRTQ_BAD_ADDRESS,	/* buffer outside guest RAM */
	KT_VIRTQ_BAD_LENGTH,	/* buffer of zero bytes, or too many in a chain */
	KT_VIRTQ_BAD_FLAGS,	/* indirect without the feature, or readable after writable */
	KT_VIRTQ_BAD_DIRECTION, /* buffers of the wrong direction for this queue */
};

const char *kt_virtq_fault_text(enum kt_virtq_fault fault);

/* Set up by the transport; zero bytes are a queue that is not ready. */
struct kt_virtq {
	uint32_t size;		    /* power of two, at most KT_VIRTQ_SIZE_MAX */
	uint64_t desc, avail, used; /* guest-physical */
	bool ready;
	uint16_t next_avail, next_used;
};

/* A chain taken from the queue: first what the device reads, then what it writes. */
struct kt_virtq_chain {
	uint16_t head;
	unsigned out_count, in_count, bytes;
	struct iovec iov[KT_VIRTQ_SIZE_MAX]; /* host addresses inside guest RAM */
};

/* Are size and addresses of a queue the guest calls ready sound? */
enum kt_virtq_fault kt_virtq_check(const struct kt_virtq *q, const struct kt_vmm_mem *mem);

/*
 * Take the next chain: *RET_ANY says whether there was one. A fault leaves the queue where it
 * was; the device must be marked broken.
 */
enum kt_virtq_fault kt_virtq_pop(struct kt_virtq *q, const struct kt_vmm_mem *mem,
	struct kt_virtq_chain *ret, bool *ret_any);
/* Give a chain back, WRITTEN bytes having been stored in it. */
enum kt_virtq_fault kt_virtq_push(
	struct kt_virtq *q, const struct kt_vmm_mem *mem, uint16_t head, uint32_t written);
/* Does the guest want an interrupt for what was pushed? */
bool kt_virtq_wants_interrupt(const struct kt_virtq *q, const struct kt_vmm_mem *mem);
