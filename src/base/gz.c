// SPDX-License-Identifier: GPL-2.0-only
/* zlib, for what kernels carry: their .config and, in a bzImage, themselves. */
#include "base/gz.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"

#define FIRST_ROOM_BYTES (256u << 10)
#define GZIP_WINDOW	 (15 + 16) /* the largest window, gzip's header only */
#define FIX_DATA	 "fetch or write the data again"
#define FIX_MEMORY	 "free some memory"

/* Room for more output, at most MOST bytes in all. */
static int grow(unsigned char **out, size_t *room, size_t most, struct kt_err *err)
{
	size_t more =
		*room ? (*room > most / 2 ? most : *room * 2) : KT_MIN(FIRST_ROOM_BYTES, most);
	void *p = realloc(*out, more);
	if (!p)
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory for unpacking");
	*out = p;
	*room = more;
	return 0;
}

/* To the end of the member; *OUT belongs to the caller also after a failure. */
static int inflate_all(z_stream *z, size_t limit, unsigned char **out, struct kt_err *err)
{
	size_t room = 0;
	for (;;) {
		if (z->total_out > limit)
			return kt_fail(err, EFBIG, "check where the data comes from",
				"unpacked data is larger than the %zu bytes allowed", limit);
		if (z->total_out == room) {
			int r = grow(out, &room, limit + 1, err);
			if (r < 0)
				return r;
		}
		z->next_out = *out + z->total_out;
		z->avail_out = (uInt)KT_MIN(room - z->total_out, (size_t)UINT_MAX);
		int s = inflate(z, Z_NO_FLUSH);
		if (s == Z_STREAM_END)
			return 0;
		if (s == Z_BUF_ERROR || (s == Z_OK && !z->avail_in && z->avail_out))
			return kt_fail(err, EBADMSG, FIX_DATA,
				"cannot unpack: the data ends early, after %lu bytes", z->total_in);
		if (s != Z_OK)
			return kt_fail(err, s == Z_MEM_ERROR ? ENOMEM : EBADMSG, FIX_DATA,
				"cannot unpack: %s", z->msg ?: "not gzip's format");
	}
}

int kt_gz_unpack(const void *data, size_t bytes, size_t limit, void **ret, size_t *ret_bytes,
	struct kt_err *err)
{
	z_stream z = {.next_in = (Bytef *)data, .avail_in = (uInt)bytes};
	unsigned char *out = NULL;
	if (bytes > UINT_MAX || limit >= SIZE_MAX)
		return kt_fail(err, EFBIG, "unpack less at once", "%zu bytes are too many", bytes);
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return kt_fail(err, ENOMEM, FIX_MEMORY, "out of memory for unpacking");
	int r = inflate_all(&z, limit, &out, err);
	size_t total = z.total_out;
	inflateEnd(&z);
	if (r == 0 && total > limit)
		r = kt_fail(err, EFBIG, "check where the data comes from",
			"unpacked data is larger than the %zu bytes allowed", limit);
	if (r < 0) {
		free(out);
		return r;
	}
	*ret = out;
	*ret_bytes = total;
	return 0;
}
