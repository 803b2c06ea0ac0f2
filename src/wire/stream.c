// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packing frames into bytes and finding them again. The reader keeps one buffer of a frame's
 * largest size: a header that promises more than that, or whose check fails, is not believed,
 * and the search goes on one byte behind it, so that a true frame inside it is still found.
 */
#include "wire/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/hash.h"

#define AT_CHECK 4
#define AT_TYPE	 8
#define AT_BYTES 10
#define AT_SEQ	 12

static const uint8_t magic[4] = {'K', 'T', 'F', '1'};

struct kt_stream_reader {
	kt_stream_sink *sink;
	void *arg;
	struct kt_stream_seq *seq;
	struct kt_loss *loss;
	bool in_garbage; /* the run of bad bytes at hand is already counted */
	size_t len;
	uint8_t buf[KT_STREAM_FRAME_MAX];
};

static void store_le(uint8_t *p, uint32_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t load_le(const uint8_t *p, unsigned bytes)
{
	uint32_t v = 0;
	for (unsigned i = 0; i < bytes; i++)
		v |= (uint32_t)p[i] << (8 * i);
	return v;
}

static uint32_t check_of(const uint8_t *frame, size_t bytes)
{
	return (uint32_t)kt_hash64(frame + AT_TYPE, bytes - AT_TYPE);
}

size_t kt_stream_pack(const struct kt_frame *f, uint32_t seq, uint8_t buf[KT_STREAM_FRAME_MAX],
	struct kt_loss *loss)
{
	size_t payload = kt_frame_encode(f, buf + KT_STREAM_HEADER_BYTES, loss);
	if (!payload)
		return 0;
	size_t bytes = KT_STREAM_HEADER_BYTES + payload;
	memcpy(buf, magic, sizeof(magic));
	store_le(buf + AT_TYPE, f->type, 2);
	store_le(buf + AT_BYTES, (uint32_t)payload, 2);
	store_le(buf + AT_SEQ, seq, 4);
	store_le(buf + AT_CHECK, check_of(buf, bytes), 4);
	return bytes;
}

int kt_stream_write(int fd, const struct kt_frame *f, uint32_t seq, struct kt_loss *loss)
{
	uint8_t buf[KT_STREAM_FRAME_MAX];
	size_t bytes = kt_stream_pack(f, seq, buf, loss);
	return bytes ? kt_fd_write_all(fd, buf, bytes) : -EINVAL;
}

struct kt_stream_reader *kt_stream_reader_new(
	kt_stream_sink *sink, void *arg, struct kt_stream_seq *seq, struct kt_loss *loss)
{
	struct kt_stream_reader *r = malloc(sizeof(*r));
	if (!r)
		return NULL;
	r->sink = sink;
	r->arg = arg;
	r->seq = seq;
	r->loss = loss;
	r->in_garbage = false;
	r->len = 0;
	return r;
}

void kt_stream_reader_free(struct kt_stream_reader *r)
{
	free(r);
}

/* Whether a frame with this sequence is new; counts what is missing before it. */
static bool seq_accept(struct kt_stream_reader *r, uint32_t seq)
{
	uint32_t ahead = seq - r->seq->next;
	if (ahead == UINT32_MAX && r->seq->next)
		return false;
	if (ahead > INT32_MAX) /* an older one: late, or a sequence that began anew */
		kt_loss_add(r->loss, KT_LOSS_frame_gap, 1);
	else
		kt_loss_add(r->loss, KT_LOSS_frame_gap, ahead);
	r->seq->next = seq + 1;
	return true;
}

/* Bytes at P that cannot be the start of a frame: at least 1, up to the next possible start. */
static size_t garbage_at(struct kt_stream_reader *r, const uint8_t *p, size_t left)
{
	if (!r->in_garbage)
		kt_loss_add(r->loss, KT_LOSS_frame_bad, 1);
	r->in_garbage = true;
	const uint8_t *next = memchr(p + 1, magic[0], left - 1);
	return next ? (size_t)(next - p) : left;
}

/* The frame's size when P may still become or is a whole frame, 0 when it cannot be one. */
static size_t size_at(const uint8_t *p, size_t left)
{
	if (memcmp(p, magic, left < sizeof(magic) ? left : sizeof(magic)) != 0)
		return 0;
	if (left < KT_STREAM_HEADER_BYTES)
		return KT_STREAM_HEADER_BYTES;
	size_t payload = load_le(p + AT_BYTES, 2);
	if (payload > KT_FRAME_PAYLOAD_MAX || !kt_frame_name(load_le(p + AT_TYPE, 2)))
		return 0;
	return KT_STREAM_HEADER_BYTES + payload;
}

/* Give the whole frame at P to the sink; false when it is none. */
static bool deliver(struct kt_stream_reader *r, const uint8_t *p, size_t size, size_t *delivered)
{
	struct kt_frame f;
	if (load_le(p + AT_CHECK, 4) != check_of(p, size) ||
		kt_frame_decode(load_le(p + AT_TYPE, 2), p + KT_STREAM_HEADER_BYTES,
			size - KT_STREAM_HEADER_BYTES, &f) < 0)
		return false;
	r->in_garbage = false;
	if (seq_accept(r, load_le(p + AT_SEQ, 4))) {
		r->sink(r->arg, &f);
		++*delivered;
	}
	return true;
}

/* Take from the buffer what can be decided; at the END of the stream that is everything. */
static size_t parse(struct kt_stream_reader *r, bool end)
{
	size_t at = 0, delivered = 0;
	while (at < r->len) {
		const uint8_t *p = r->buf + at;
		size_t left = r->len - at, size = size_at(p, left);
		if (size > left && !end)
			break;
		if (size && size <= left && deliver(r, p, size, &delivered))
			at += size;
		else
			at += garbage_at(r, p, left);
	}
	r->len -= at;
	memmove(r->buf, r->buf + at, r->len);
	return delivered;
}

size_t kt_stream_push(struct kt_stream_reader *r, const void *data, size_t bytes)
{
	const uint8_t *p = data;
	size_t delivered = 0;
	while (bytes) {
		/* parse() always leaves room: no frame is larger than the buffer. */
		size_t n = KT_MIN(bytes, sizeof(r->buf) - r->len);
		memcpy(r->buf + r->len, p, n);
		r->len += n;
		p += n;
		bytes -= n;
		delivered += parse(r, false);
	}
	return delivered;
}

size_t kt_stream_finish(struct kt_stream_reader *r)
{
	size_t delivered = parse(r, true);
	r->in_garbage = false;
	return delivered;
}
