// SPDX-License-Identifier: GPL-2.0-only
/* The stream: frames come through in any cut, garbage is skipped and counted. */
#include <criterion/criterion.h>

#include "base/fd.h"
#include "unit/wire/frames.h"
#include "wire/stream.h"

#define MUTATED_STREAMS 3000

struct sent {
	struct kt_stream_seq seq;
	struct kt_loss loss;
	size_t frames;
	uint64_t sum; /* of the phases, to tell frames apart */
	uint16_t last;
};

static void take(void *arg, const struct kt_frame *f)
{
	struct sent *s = arg;
	s->frames++;
	if (f->type == KT_FRAME_phase) {
		s->last = f->phase.phase;
		s->sum += f->phase.phase;
	}
}

/* Pack a phase frame with that number at the end of *LEN. */
static void pack(uint8_t *out, size_t *len, uint16_t phase, uint32_t seq)
{
	struct kt_frame f = {.type = KT_FRAME_phase, .phase = {.phase = phase, .at_ms = 7}};
	uint8_t one[KT_STREAM_FRAME_MAX];
	size_t n = kt_stream_pack(&f, seq, one, NULL);
	memcpy(out + *len, one, n);
	*len += n;
}

static struct sent push_all(const void *data, size_t bytes, size_t chunk)
{
	struct sent s = {0};
	KT_AUTO(kt_stream_reader_free)
	struct kt_stream_reader *r = kt_stream_reader_new(take, &s, &s.seq, &s.loss);
	size_t delivered = 0;
	for (size_t at = 0; at < bytes; at += chunk) {
		size_t n = KT_MIN(chunk, bytes - at);
		/* A copy of exactly that size, so that a sanitizer sees a read past it. */
		KT_AUTOFREE uint8_t *copy = malloc(n);
		memcpy(copy, (const uint8_t *)data + at, n);
		delivered += kt_stream_push(r, copy, n);
	}
	delivered += kt_stream_finish(r);
	cr_assert_eq(delivered, s.frames);
	return s;
}

Test(stream, frames_come_through_in_chunks_of_any_size)
{
	static struct frames g = {.state = 5};
	static uint8_t data[40 * KT_STREAM_FRAME_MAX];
	size_t len = 0;
	for (uint32_t i = 0; i < 40; i++) {
		struct kt_frame f = frames_make(&g, frames_types[i % FRAMES_TYPES]);
		len += kt_stream_pack(&f, i, data + len, NULL);
	}
	static const size_t chunks[] = {1, 2, 15, 16, 17, 1000, 16400, 100000, sizeof(data)};
	for (unsigned i = 0; i < KT_ARRAY_LEN(chunks); i++) {
		struct sent s = push_all(data, len, chunks[i]);
		cr_assert_eq(s.frames, 40);
		cr_assert_eq(s.loss.count[KT_LOSS_frame_bad], 0);
		cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 0);
	}
}

Test(stream, what_is_written_to_a_pipe_is_read_again)
{
	int p[2];
	uint8_t data[256];
	struct kt_frame f = {.type = KT_FRAME_detail, .detail = {.phase = 3, .text = "slow"}};
	cr_assert_eq(kt_fd_pipe(p), 0);
	cr_assert_eq(kt_stream_write(p[1], &f, 0, NULL), 0);
	ssize_t n = read(p[0], data, sizeof(data));
	cr_assert_gt(n, 0);
	cr_assert_eq(push_all(data, (size_t)n, 5).frames, 1);
	close(p[0]);
	close(p[1]);
}

Test(stream, garbage_between_frames_is_one_loss_per_run)
{
	uint8_t data[1024];
	size_t len = 0;
	memcpy(data, "KTF1 is not a header KKKTTTFF11", 31);
	len = 31;
	pack(data, &len, 1, 0);
	memcpy(data + len, "\0\0KTF", 5);
	len += 5;
	pack(data, &len, 2, 1);
	for (size_t chunk = 1; chunk <= len; chunk++) {
		struct sent s = push_all(data, len, chunk);
		cr_assert_eq(s.frames, 2);
		cr_assert_eq(s.loss.count[KT_LOSS_frame_bad], 2);
		cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 0);
	}
}

Test(stream, a_frame_behind_a_cut_one_is_found_inside_its_promised_length)
{
	uint8_t data[512];
	size_t len = 0;
	pack(data, &len, 1, 0);
	len -= 3; /* the writer died */
	pack(data, &len, 2, 1);
	struct sent s = push_all(data, len, 9);
	cr_assert_eq(s.frames, 1);
	cr_assert_eq(s.last, 2);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_bad], 1);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 1);
}

Test(stream, an_unfinished_frame_at_the_end_is_a_loss)
{
	uint8_t data[512];
	size_t len = 0;
	pack(data, &len, 1, 0);
	struct sent s = push_all(data, len - 1, 100);
	cr_assert_eq(s.frames, 0);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_bad], 1);
}

Test(stream, a_flipped_bit_anywhere_is_noticed)
{
	uint8_t data[512];
	size_t len = 0;
	pack(data, &len, 1, 0);
	for (size_t bit = 0; bit < len * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		struct sent s = push_all(data, len, len);
		cr_assert_eq(s.frames, 0);
		cr_assert_eq(s.loss.count[KT_LOSS_frame_bad], 1);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

Test(stream, missing_frames_are_counted_by_number)
{
	uint8_t data[512];
	size_t len = 0;
	pack(data, &len, 1, 0);
	pack(data, &len, 2, 4);
	pack(data, &len, 3, 5);
	struct sent s = push_all(data, len, len);
	cr_assert_eq(s.frames, 3);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 3);
}

Test(stream, a_repeated_frame_is_taken_once_across_two_ports)
{
	uint8_t data[512];
	size_t len = 0;
	struct sent s = {0};
	KT_AUTO(kt_stream_reader_free)
	struct kt_stream_reader *port = kt_stream_reader_new(take, &s, &s.seq, &s.loss);
	KT_AUTO(kt_stream_reader_free)
	struct kt_stream_reader *serial = kt_stream_reader_new(take, &s, &s.seq, &s.loss);
	pack(data, &len, 1, 0);
	pack(data, &len, 2, 1);
	kt_stream_push(port, data, len);
	len = 0;
	pack(data, &len, 2, 1);
	pack(data, &len, 4, 2);
	kt_stream_push(serial, data, len);
	cr_assert_eq(s.frames, 3);
	cr_assert_eq(s.sum, 1 + 2 + 4);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 0);
}

Test(stream, a_sequence_that_begins_anew_is_a_loss_and_goes_on)
{
	uint8_t data[512];
	size_t len = 0;
	for (uint16_t i = 0; i < 5; i++)
		pack(data, &len, i, i);
	pack(data, &len, 7, 0);
	pack(data, &len, 8, 1);
	struct sent s = push_all(data, len, len);
	cr_assert_eq(s.frames, 7);
	cr_assert_eq(s.loss.count[KT_LOSS_frame_gap], 1);
}

/* One stream with random damage: bytes changed, removed, added. */
static size_t mutate(struct frames *g, uint8_t *data, size_t len)
{
	for (uint64_t n = frames_random(g) % 6; n; n--) {
		size_t at = frames_random(g) % len, span = 1 + frames_random(g) % 30;
		span = KT_MIN(span, len - at);
		switch (frames_random(g) % 3) {
		case 0:
			for (size_t i = 0; i < span; i++)
				data[at + i] = (uint8_t)frames_random(g);
			break;
		case 1:
			memmove(data + at, data + at + span, len - at - span);
			len -= span;
			break;
		default:
			memmove(data + at + span, data + at, len - at);
			len += span;
		}
		if (!len)
			break;
	}
	return len;
}

Test(stream, mutated_streams_lose_frames_but_never_invent_or_hide_a_loss)
{
	static struct frames g = {.state = 9};
	static uint8_t data[10 * KT_STREAM_FRAME_MAX];
	unsigned whole = 0;
	for (unsigned round = 0; round < MUTATED_STREAMS; round++) {
		size_t len = 0;
		for (uint16_t i = 0; i < 8; i++)
			pack(data, &len, i, i);
		size_t mutated = mutate(&g, data, len);
		pack(data, &mutated, 100, 8); /* behind all damage: always found */
		struct sent s = push_all(data, mutated, 1 + frames_random(&g) % 200);
		cr_assert_leq(s.frames, 9);
		cr_assert_eq(s.last, 100);
		/* Removing a whole number of frames leaves a gap, everything else bad bytes. */
		if (s.frames < 9)
			cr_assert(
				s.loss.count[KT_LOSS_frame_bad] + s.loss.count[KT_LOSS_frame_gap] >
				0);
		else
			whole++;
	}
	cr_assert(whole > 0 && whole < MUTATED_STREAMS);
}

Test(stream, random_bytes_give_no_frames)
{
	static struct frames g = {.state = 11};
	static uint8_t data[1 << 16];
	for (unsigned round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = frames_random(&g) % 3 ? "KTF1"[frames_random(&g) % 4]
							: (uint8_t)frames_random(&g);
		struct sent s = push_all(data, sizeof(data), 4096);
		cr_assert_eq(s.frames, 0);
		cr_assert_eq(s.loss.count[KT_LOSS_frame_bad], 1);
	}
}
