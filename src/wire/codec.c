// SPDX-License-Identifier: GPL-2.0-only
/*
 * Payloads of frames, generated from the rows of frame.def: one put_ and one get_ function per
 * field type, one encoder and one decoder per row. Called by stream.c on both sides. The
 * decoder takes every byte for hostile: a reader that ran past the end stays failed.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "wire/frame.h"

#define CPUS_WORDS (KT_CPUS_MAX / 64)

/* The most bytes a row can take, so that encoders need no check of their own. */
#define MOST_u16      2
#define MOST_u32      4
#define MOST_u64      8
#define MOST_i32      4
#define MOST_str      (2 + KT_FRAME_TEXT_MAX + 1)
#define MOST_cpus     (2 + CPUS_WORDS * 8)
#define F(type, name) +MOST_##type
#define FRAME(name, number, ...)                                                                   \
	_Static_assert((0 __VA_ARGS__) <= KT_FRAME_PAYLOAD_MAX && (0 __VA_ARGS__) > 0,             \
		"frame.def: frame " #name " can exceed KT_FRAME_PAYLOAD_MAX, or has no field");
#include "macros/frame.def"
#undef FRAME
#undef F

struct writer {
	uint8_t *at;
	struct kt_loss *loss;
};

struct reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static void put_bytes(struct writer *w, const void *data, size_t bytes)
{
	memcpy(w->at, data, bytes);
	w->at += bytes;
}

static void put_le(struct writer *w, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		*w->at++ = (uint8_t)(v >> (8 * i));
}

#define put_u16(w, v) put_le(w, v, 2)
#define put_u32(w, v) put_le(w, v, 4)
#define put_u64(w, v) put_le(w, v, 8)
#define put_i32(w, v) put_le(w, (uint32_t)(v), 4)

static void put_str(struct writer *w, const char *text)
{
	size_t len = text ? strnlen(text, KT_FRAME_TEXT_MAX + 1) : 0;
	if (len > KT_FRAME_TEXT_MAX) {
		len = KT_FRAME_TEXT_MAX;
		/* At most 3 steps back: text that is not UTF-8 is cut where the limit is. */
		for (unsigned i = 0; i < 3 && ((uint8_t)text[len] & 0xc0) == 0x80; i++)
			len--;
		kt_loss_add(w->loss, KT_LOSS_text_cut, 1);
	}
	put_u16(w, len);
	if (len)
		put_bytes(w, text, len);
	*w->at++ = 0;
}

static uint64_t cpus_word(const struct kt_cpus *s, unsigned word)
{
	uint64_t v = 0;
	for (unsigned bit = 0; bit < 64; bit++)
		v |= (uint64_t)kt_cpus_has(s, word * 64 + bit) << bit;
	return v;
}

static void put_set(struct writer *w, const struct kt_cpus *s)
{
	uint64_t words[CPUS_WORDS];
	unsigned count = 0;
	for (unsigned i = 0; i < CPUS_WORDS; i++) {
		words[i] = cpus_word(s, i);
		if (words[i])
			count = i + 1;
	}
	put_u16(w, count);
	for (unsigned i = 0; i < count; i++)
		put_u64(w, words[i]);
}
#define put_cpus(w, v) put_set(w, &(v))

/* N bytes of the payload, NULL when there are not as many left. */
static const uint8_t *take(struct reader *r, size_t n)
{
	if (r->failed || r->left < n) {
		r->failed = true;
		return NULL;
	}
	const uint8_t *p = r->at;
	r->at += n;
	r->left -= n;
	return p;
}

static uint64_t get_le(struct reader *r, unsigned bytes)
{
	const uint8_t *p = take(r, bytes);
	uint64_t v = 0;
	for (unsigned i = 0; p && i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static void get_u16(struct reader *r, uint16_t *ret)
{
	*ret = (uint16_t)get_le(r, 2);
}

static void get_u32(struct reader *r, uint32_t *ret)
{
	*ret = (uint32_t)get_le(r, 4);
}

static void get_u64(struct reader *r, uint64_t *ret)
{
	*ret = get_le(r, 8);
}

static void get_i32(struct reader *r, int32_t *ret)
{
	*ret = (int32_t)(uint32_t)get_le(r, 4);
}

static void get_str(struct reader *r, const char **ret)
{
	size_t len = get_le(r, 2);
	if (len > KT_FRAME_TEXT_MAX)
		r->failed = true;
	const uint8_t *p = take(r, len + 1);
	if (p && (p[len] != 0 || memchr(p, 0, len))) {
		r->failed = true;
		p = NULL;
	}
	*ret = p ? (const char *)p : "";
}

static void get_cpus(struct reader *r, struct kt_cpus *ret)
{
	*ret = (struct kt_cpus){0};
	unsigned count = (unsigned)get_le(r, 2);
	if (count > CPUS_WORDS)
		r->failed = true;
	for (unsigned i = 0; !r->failed && i < count; i++) {
		uint64_t v = get_le(r, 8);
		for (unsigned bit = 0; bit < 64; bit++)
			if (v >> bit & 1)
				kt_cpus_add(ret, i * 64 + bit);
	}
}

#define F(type, field) put_##type(w, f->field);
#define FRAME(name, number, ...)                                                                   \
	static void encode_##name(struct writer *w, const struct kt_frame_##name *f)               \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#include "macros/frame.def"
#undef FRAME
#undef F

#define F(type, field) get_##type(r, &f->field);
#define FRAME(name, number, ...)                                                                   \
	static void decode_##name(struct reader *r, struct kt_frame_##name *f)                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#include "macros/frame.def"
#undef FRAME
#undef F

const char *kt_frame_name(unsigned type)
{
	switch (type) {
#define FRAME(name, number, ...)                                                                   \
	case number:                                                                               \
		return #name;
#include "macros/frame.def"
#undef FRAME
	}
	return NULL;
}

size_t kt_frame_encode(
	const struct kt_frame *f, uint8_t buf[KT_FRAME_PAYLOAD_MAX], struct kt_loss *loss)
{
	struct writer w = {.at = buf, .loss = loss};
	switch (f->type) {
#define FRAME(name, number, ...)                                                                   \
	case KT_FRAME_##name:                                                                      \
		encode_##name(&w, &f->name);                                                       \
		break;
#include "macros/frame.def"
#undef FRAME
	}
	return (size_t)(w.at - buf);
}

int kt_frame_decode(unsigned type, const uint8_t *payload, size_t bytes, struct kt_frame *ret)
{
	struct reader r = {.at = payload, .left = bytes};
	struct kt_frame f = {.type = type};
	switch (type) {
#define FRAME(name, number, ...)                                                                   \
	case number:                                                                               \
		decode_##name(&r, &f.name);                                                        \
		break;
#include "macros/frame.def"
#undef FRAME
	default:
		return -EBADMSG;
	}
	if (r.failed || r.left)
		return -EBADMSG;
	*ret = f;
	return 0;
}
