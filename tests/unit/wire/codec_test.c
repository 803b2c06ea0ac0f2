// SPDX-License-Identifier: GPL-2.0-only
/* Payloads: every row survives the way there and back; nothing else is accepted. */
#include <criterion/criterion.h>
#include <errno.h>

#include "unit/wire/frames.h"

#define MUTATIONS 20000

static uint8_t buf[KT_FRAME_PAYLOAD_MAX];

static int decode_copy(
	unsigned type, const uint8_t *payload, size_t bytes, struct kt_frame *ret, uint8_t **copy)
{
	/* Exactly as large as the payload, so that a sanitizer sees a read past its end. */
	*copy = malloc(bytes ? bytes : 1);
	memcpy(*copy, payload, bytes);
	return kt_frame_decode(type, *copy, bytes, ret);
}

Test(codec, every_row_decodes_to_what_was_encoded)
{
	static struct frames g = {.state = 1};
	for (unsigned round = 0; round < 200; round++)
		for (unsigned i = 0; i < FRAMES_TYPES; i++) {
			struct kt_frame sent = frames_make(&g, frames_types[i]), got;
			struct kt_loss loss = {0};
			KT_AUTOFREE uint8_t *copy = NULL;
			size_t bytes = kt_frame_encode(&sent, buf, &loss);
			cr_assert_gt(bytes, 0);
			cr_assert_eq(decode_copy(sent.type, buf, bytes, &got, &copy), 0);
			cr_assert(frames_same(&sent, &got), "%s differs", kt_frame_name(sent.type));
			cr_assert_eq(loss.count[KT_LOSS_text_cut], 0);
		}
}

Test(codec, bytes_on_the_wire_are_little_endian)
{
	struct kt_frame f = {.type = KT_FRAME_crash,
		.crash = {.phase = 0x0102, .signal = -2, .exit_status = 3, .text = "hi"}};
	static const uint8_t expected[] = {
		2, 1, 0xfe, 0xff, 0xff, 0xff, 3, 0, 0, 0, 2, 0, 'h', 'i', 0};
	cr_assert_eq(kt_frame_encode(&f, buf, NULL), sizeof(expected));
	cr_assert_arr_eq(buf, expected, sizeof(expected));
}

Test(codec, a_missing_text_is_sent_as_the_empty_one)
{
	struct kt_frame f = {.type = KT_FRAME_detail}, got;
	size_t bytes = kt_frame_encode(&f, buf, NULL);
	cr_assert_eq(kt_frame_decode(f.type, buf, bytes, &got), 0);
	cr_assert_str_eq(got.detail.text, "");
}

Test(codec, long_text_is_cut_before_a_character_and_counted)
{
	static char text[KT_FRAME_TEXT_MAX + 10];
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text + KT_FRAME_TEXT_MAX - 1, "\xc3\xa4", 2); /* stands across the limit */
	struct kt_frame f = {.type = KT_FRAME_detail, .detail = {.text = text}}, got;
	struct kt_loss loss = {0};
	size_t bytes = kt_frame_encode(&f, buf, &loss);
	cr_assert_eq(kt_frame_decode(f.type, buf, bytes, &got), 0);
	cr_assert_eq(strlen(got.detail.text), KT_FRAME_TEXT_MAX - 1);
	cr_assert_eq(loss.count[KT_LOSS_text_cut], 1);
}

Test(codec, the_largest_frame_of_each_row_fits)
{
	static char text[KT_FRAME_TEXT_MAX + 1];
	memset(text, 'x', KT_FRAME_TEXT_MAX);
	struct kt_frame f = {.type = KT_FRAME_topology,
				.topology = {.asked = text, .seen = text, .difference = text}},
			got;
	size_t bytes = kt_frame_encode(&f, buf, NULL);
	cr_assert_eq(kt_frame_decode(f.type, buf, bytes, &got), 0);
	cr_assert(frames_same(&f, &got));
}

Test(codec, an_unknown_type_is_refused)
{
	struct kt_frame got;
	cr_assert_eq(kt_frame_decode(0, buf, 4, &got), -EBADMSG);
	cr_assert_eq(kt_frame_decode(65535, buf, 4, &got), -EBADMSG);
	cr_assert_null(kt_frame_name(0));
	cr_assert_str_eq(kt_frame_name(KT_FRAME_worker), "worker");
}

Test(codec, every_shorter_or_longer_payload_is_refused)
{
	static struct frames g = {.state = 2};
	for (unsigned i = 0; i < FRAMES_TYPES; i++) {
		struct kt_frame sent = frames_make(&g, frames_types[i]), got;
		size_t bytes = kt_frame_encode(&sent, buf, NULL);
		buf[bytes] = 0;
		for (size_t n = 0; n <= bytes + 1; n++) {
			KT_AUTOFREE uint8_t *copy = NULL;
			int r = decode_copy(sent.type, buf, n, &got, &copy);
			cr_assert_eq(r, n == bytes ? 0 : -EBADMSG);
		}
	}
}

Test(codec, a_text_with_a_nul_inside_is_refused)
{
	struct kt_frame f = {.type = KT_FRAME_detail, .detail = {.kind = "k", .text = "abc"}}, got;
	size_t bytes = kt_frame_encode(&f, buf, NULL);
	buf[bytes - 3] = 0;
	cr_assert_eq(kt_frame_decode(f.type, buf, bytes, &got), -EBADMSG);
	buf[bytes - 3] = 'b';
	buf[bytes - 1] = 'd'; /* and one without its end */
	cr_assert_eq(kt_frame_decode(f.type, buf, bytes, &got), -EBADMSG);
}

Test(codec, a_cpu_set_larger_than_ours_is_refused)
{
	struct kt_frame f = {.type = KT_FRAME_worker}, got;
	size_t bytes = kt_frame_encode(&f, buf, NULL);
	cr_assert_eq(kt_frame_decode(f.type, buf, bytes, &got), 0);
	/* cpus_outside, empty, stands before five u64. */
	uint8_t *count = buf + bytes - 5 * 8 - 2;
	cr_assert_eq(count[0], 0);
	count[0] = KT_CPUS_MAX / 64 + 1;
	static uint8_t more[KT_FRAME_PAYLOAD_MAX];
	size_t head = (size_t)(count + 2 - buf), words = (KT_CPUS_MAX / 64 + 1) * 8;
	memcpy(more, buf, head);
	memcpy(more + head + words, buf + head, bytes - head);
	cr_assert_eq(kt_frame_decode(f.type, more, bytes + words, &got), -EBADMSG);
}

Test(codec, mutated_payloads_never_make_the_decoder_misread)
{
	static struct frames g = {.state = 3};
	unsigned accepted = 0;
	for (unsigned round = 0; round < MUTATIONS; round++) {
		struct kt_frame sent = frames_make(&g, frames_types[round % FRAMES_TYPES]), got;
		KT_AUTOFREE uint8_t *copy = NULL;
		size_t bytes = kt_frame_encode(&sent, buf, NULL);
		for (uint64_t n = 1 + frames_random(&g) % 4; n; n--)
			buf[frames_random(&g) % bytes] = (uint8_t)frames_random(&g);
		if (frames_random(&g) % 4 == 0)
			bytes = frames_random(&g) % (bytes + 8);
		if (decode_copy(frames_random(&g) % 8 ? sent.type : frames_random(&g) % 12, buf,
			    bytes, &got, &copy) < 0)
			continue;
		/* What is accepted is a frame like any other. */
		static uint8_t again[KT_FRAME_PAYLOAD_MAX];
		struct kt_frame twice;
		size_t more = kt_frame_encode(&got, again, NULL);
		cr_assert_eq(kt_frame_decode(got.type, again, more, &twice), 0);
		cr_assert(frames_same(&got, &twice));
		accepted++;
	}
	cr_assert(accepted > 0 && accepted < MUTATIONS);
}
