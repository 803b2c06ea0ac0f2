// SPDX-License-Identifier: GPL-2.0-only
#include "base/gz.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <criterion/criterion.h>

#define BIG (3u << 20)

static unsigned char packed[BIG + (BIG >> 4)];
static struct kt_err err;

static size_t pack(const void *data, size_t bytes)
{
	z_stream z = {.next_in = (Bytef *)data,
		.avail_in = (uInt)bytes,
		.next_out = packed,
		.avail_out = sizeof(packed)};
	cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static int unpack(size_t bytes, size_t limit, char **ret, size_t *ret_bytes)
{
	void *out = NULL;
	int r = kt_gz_unpack(packed, bytes, limit, &out, ret_bytes, &err);
	*ret = out;
	return r;
}

Test(gz, what_was_packed_comes_back_and_what_follows_is_left_alone)
{
	char *out;
	size_t bytes = 0, n = pack("hello", 5);
	memcpy(packed + n, "IKCFG_ED", 8);
	cr_assert_eq(unpack(n + 8, 100, &out, &bytes), 0, "%s", err.text);
	cr_assert_eq(bytes, 5);
	cr_assert_eq(memcmp(out, "hello", 5), 0);
	free(out);
}

Test(gz, the_limit_is_inclusive)
{
	char *out, *big = malloc(BIG);
	size_t bytes = 0;
	for (unsigned i = 0; i < BIG; i++)
		big[i] = (char)(i * i >> 7);
	size_t n = pack(big, BIG);
	cr_assert_eq(unpack(n, BIG, &out, &bytes), 0, "%s", err.text);
	cr_assert_eq(bytes, BIG);
	cr_assert_eq(memcmp(out, big, BIG), 0);
	free(out);
	cr_assert_eq(unpack(n, BIG - 1, &out, &bytes), -EFBIG);
	cr_assert_eq(unpack(n, 0, &out, &bytes), -EFBIG);
	cr_assert_null(out);
	free(big);
}

Test(gz, every_cut_and_other_data_are_refused)
{
	char *out;
	size_t bytes = 0, n = pack("some text that is packed", 24);
	for (size_t cut = 0; cut < n; cut++) {
		cr_assert_eq(unpack(cut, 100, &out, &bytes), -EBADMSG, "cut at %zu", cut);
		cr_assert_null(out);
	}
	packed[n - 6] ^= 1; /* in the checksum */
	cr_assert_eq(unpack(n, 100, &out, &bytes), -EBADMSG);
	memcpy(packed, "plain", 5);
	cr_assert_eq(unpack(5, 100, &out, &bytes), -EBADMSG);
	cr_assert_neq(err.fix[0], '\0');
}
