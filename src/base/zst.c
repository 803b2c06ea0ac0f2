// SPDX-License-Identifier: GPL-2.0-only
/* The door to zstd: whole buffers in, whole buffers out, with a bound on what comes out. */
#include "base/zst.h"

#include <stdbool.h>
#include <stdint.h>
#include <zstd.h>

#include "base/mem.h"

#define FIRST_ROOM_BYTES ((size_t)64 << 10)
#define FIX_MEMORY	 "free memory or close other programs"
#define FIX_DATA	 "make the compressed data again; it is damaged or not zstd's"

int kt_zst_pack(const void *data, size_t bytes, int level, void **ret, size_t *ret_bytes,
	struct kt_err *err)
{
	if (level < 1 || level > 19)
		return kt_fail(err, EINVAL, "use a level from 1 to 19",
			"zstd level %d is out of range", level);
	size_t room = ZSTD_compressBound(bytes);
	KT_AUTOFREE void *out = ZSTD_isError(room) ? NULL : malloc(room);
	if (!out)
		return kt_fail(
			err, ENOMEM, FIX_MEMORY, "out of memory for packing %zu bytes", bytes);
	size_t n = ZSTD_compress(out, room, data, bytes, level);
	if (ZSTD_isError(n))
		return kt_fail(err, EIO, FIX_MEMORY, "packing %zu bytes failed: %s", bytes,
			ZSTD_getErrorName(n));
	*ret = KT_TAKE(out);
	*ret_bytes = n;
	return 0;
}

/* The output as it grows; one byte above the limit tells "more" from "just enough". */
struct sink {
	ZSTD_outBuffer out;
	size_t most;
};

static bool grow(struct sink *s)
{
	size_t room = s->out.size ? s->out.size : FIRST_ROOM_BYTES;
	if (s->out.size)
		room = room > s->most / 2 ? s->most : room * 2;
	room = KT_MIN(room, s->most);
	void *p = realloc(s->out.dst, room);
	if (!p)
		return false;
	s->out.dst = p;
	s->out.size = room;
	return true;
}

static int unpack_into(
	ZSTD_DStream *stream, const void *data, size_t bytes, struct sink *s, struct kt_err *err)
{
	ZSTD_inBuffer in = {.src = data, .size = bytes};
	size_t left = 1; /* no frame is no frame's end */
	for (;;) {
		if (s->out.pos == s->most)
			return kt_fail(err, EFBIG, "check where the data comes from",
				"unpacked data is larger than the %zu bytes allowed", s->most - 1);
		if (s->out.pos == s->out.size && !grow(s))
			return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory for unpacking");
		size_t pos_before = s->out.pos;
		size_t taken_before = in.pos;
		if (!left && in.pos == in.size)
			return 0;
		left = ZSTD_decompressStream(stream, &s->out, &in);
		if (ZSTD_isError(left))
			return kt_fail(err, EBADMSG, FIX_DATA, "cannot unpack: %s",
				ZSTD_getErrorName(left));
		if (left && s->out.pos == pos_before && in.pos == taken_before)
			return kt_fail(err, EBADMSG, FIX_DATA,
				"cannot unpack: the data ends early, after %zu bytes", bytes);
	}
}

int kt_zst_unpack(const void *data, size_t bytes, size_t limit, void **ret, size_t *ret_bytes,
	struct kt_err *err)
{
	struct sink s = {.most = limit < SIZE_MAX ? limit + 1 : SIZE_MAX};
	ZSTD_DStream *stream = ZSTD_createDStream();
	int r = stream ? unpack_into(stream, data, bytes, &s, err)
		       : kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory for unpacking");
	ZSTD_freeDStream(stream);
	if (r < 0) {
		free(s.out.dst);
		return r;
	}
	*ret = s.out.dst;
	*ret_bytes = s.out.pos;
	return 0;
}

int kt_zst_unpack_exact(
	const void *data, size_t bytes, size_t bytes_out, void **ret, struct kt_err *err)
{
	KT_AUTOFREE void *out = malloc(bytes_out + 1);
	if (!out)
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory for unpacking");
	if (ZSTD_decompress(out, bytes_out, data, bytes) != bytes_out)
		return kt_fail(err, EBADMSG, "fetch or build the file again",
			"this is not zstd data of %zu bytes", bytes_out);
	*ret = KT_TAKE(out);
	return 0;
}
