/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames as a stream of bytes over a port that may also carry foreign bytes. In front of each
 * payload stands a header of 16 bytes:
 *
 *	"KTF1" | check u32 | type u16 | payload length u16 | sequence u32
 *
 * where check is the low half of the xxHash of everything behind it. The sequence counts all
 * frames of a guest, on whichever port they come.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loss.h"
#include "wire/frame.h"

#define KT_STREAM_HEADER_BYTES 16u
#define KT_STREAM_FRAME_MAX    (KT_STREAM_HEADER_BYTES + KT_FRAME_PAYLOAD_MAX)

/* Write F as frame SEQ into BUF. Returns its length, 0 when F has no known type. */
size_t kt_stream_pack(const struct kt_frame *f, uint32_t seq, uint8_t buf[KT_STREAM_FRAME_MAX],
	struct kt_loss *loss);
/* The same, written whole to FD, which may be a pipe. 0 or -errno. */
int kt_stream_write(int fd, const struct kt_frame *f, uint32_t seq, struct kt_loss *loss);

/*
 * Where the sequence stands; shared by the readers of all ports of one guest. Zero bytes are
 * the start. A frame that repeats the one before (the guest changed ports and could not know
 * how much had arrived) is skipped; every other jump is counted as KT_LOSS_frame_gap.
 */
struct kt_stream_seq {
	uint32_t next;
};

/* The frame and its texts are valid during the call. */
typedef void kt_stream_sink(void *arg, const struct kt_frame *f);

/* Takes bytes as they come and finds the frames in them, with a bounded memory. */
struct kt_stream_reader;

/* SEQ and LOSS are borrowed; readers that share them must not run at the same time. */
struct kt_stream_reader *kt_stream_reader_new(kt_stream_sink *sink, void *arg,
	struct kt_stream_seq *seq, struct kt_loss *loss); /* NULL when out of memory */
void kt_stream_reader_free(struct kt_stream_reader *r);

/*
 * Bytes that are no frame are skipped up to the next one, and each run of them counted as one
 * KT_LOSS_frame_bad. Returns the number of frames given to the sink.
 */
size_t kt_stream_push(struct kt_stream_reader *r, const void *data, size_t bytes);
/* No more bytes will come: what is left is searched for frames, the rest counted as bad. */
size_t kt_stream_finish(struct kt_stream_reader *r);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_stream_reader, kt_stream_reader_free);
