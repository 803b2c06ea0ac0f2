// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame stream: raw bytes and whole frames, in pieces. A frame that comes out of it is a
 * row of frame.def whose texts end where they say.
 */
#include "fuzz/frame_make.h"

#define STEPS_MAX 256u

static size_t frames;

static void check_frame(void *arg, const struct kt_frame *f)
{
	static uint8_t one[KT_FRAME_PAYLOAD_MAX], two[KT_FRAME_PAYLOAD_MAX];
	struct kt_frame again;
	struct kt_loss loss = {0};
	(void)arg;
	frames++;
	FUZZ_CHECK(kt_frame_name(f->type));
	size_t n = kt_frame_encode(f, one, &loss);
	FUZZ_CHECK(n && n <= KT_FRAME_PAYLOAD_MAX && !loss.count[KT_LOSS_text_cut]);
	FUZZ_CHECK(kt_frame_decode(f->type, one, n, &again) == 0);
	FUZZ_CHECK(kt_frame_encode(&again, two, &loss) == n && !memcmp(one, two, n));
}

static void push_raw(struct kt_stream_reader *r, struct fuzz_in *in)
{
	size_t n;
	const uint8_t *at = fuzz_piece(in, &n);
	kt_stream_push(r, at, n);
}

static void push_frame(struct kt_stream_reader *r, struct fuzz_in *in, bool cut)
{
	uint8_t frame[16 + FUZZ_PAYLOAD_MAX];
	size_t n = fuzz_frame(in, frame);
	size_t first = cut ? fuzz_number(in, 2) % n : n;
	kt_stream_push(r, frame, first);
	kt_stream_push(r, frame + first, n - first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_in in = {data, bytes};
	struct kt_stream_seq seq = {0};
	struct kt_loss loss = {0};
	frames = 0;
	KT_AUTO(kt_stream_reader_free)
	struct kt_stream_reader *r = kt_stream_reader_new(check_frame, NULL, &seq, &loss);
	FUZZ_CHECK(r);
	size_t steps = 0;
	for (; in.left && steps < STEPS_MAX; steps++) {
		unsigned how = (unsigned)fuzz_number(&in, 1) % 4;
		if (how == 0)
			push_raw(r, &in);
		else
			push_frame(r, &in, how == 1);
	}
	kt_stream_finish(r);
	FUZZ_CHECK(frames <= steps + bytes / KT_STREAM_HEADER_BYTES);
	return 0;
}
