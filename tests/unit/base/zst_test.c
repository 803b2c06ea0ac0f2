// SPDX-License-Identifier: GPL-2.0-only
/* Packing is undone by unpacking; damage, truncation and bombs are errors. */
#include "base/zst.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct block {
	void *data;
	size_t bytes;
};

static struct block pack(const void *data, size_t bytes, int level)
{
	struct block b;
	struct kt_err err = {0};
	cr_assert_eq(kt_zst_pack(data, bytes, level, &b.data, &b.bytes, &err), 0, "%s", err.text);
	return b;
}

static void expect_unpacked(struct block packed, size_t limit, const void *data, size_t bytes)
{
	void *out = NULL;
	size_t n = 0;
	struct kt_err err = {0};
	cr_assert_eq(
		kt_zst_unpack(packed.data, packed.bytes, limit, &out, &n, &err), 0, "%s", err.text);
	cr_assert_not_null(out);
	cr_assert_eq(n, bytes);
	cr_assert(!bytes || !memcmp(out, data, bytes));
	free(out);
}

static void expect_refused(const void *data, size_t bytes, size_t limit, int r)
{
	void *out = (void *)1;
	size_t n = 42;
	struct kt_err err = {0};
	cr_assert_eq(kt_zst_unpack(data, bytes, limit, &out, &n, &err), r, "%s", err.text);
	cr_assert_eq(out, (void *)1, "outputs are written on success only");
	cr_assert_eq(n, 42);
	cr_assert_neq(err.text[0], '\0');
}

/* Bytes that hardly compress. */
static void fill(unsigned char *data, size_t bytes)
{
	uint64_t seed = 7;
	for (size_t i = 0; i < bytes; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		data[i] = (unsigned char)(seed >> 56);
	}
}

Test(zst, what_was_packed_comes_back)
{
	static unsigned char data[300000];
	static const size_t sizes[] = {0, 1, 1000, 65535, 65536, 65537, 131072, sizeof(data)};
	fill(data, sizeof(data));
	for (size_t i = 0; i < KT_ARRAY_LEN(sizes); i++) {
		struct block b = pack(data, sizes[i], 3);
		expect_unpacked(b, SIZE_MAX, data, sizes[i]);
		expect_unpacked(b, sizes[i], data, sizes[i]);
		free(b.data);
	}
}

Test(zst, levels_are_1_to_19)
{
	static const int bad[] = {-1, 0, 20, 1000};
	void *out = NULL;
	size_t n = 0;
	struct kt_err err = {0};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++)
		cr_assert_eq(kt_zst_pack("x", 1, bad[i], &out, &n, &err), -EINVAL);
	cr_assert_null(out);
	for (int level = 1; level <= 19; level += 9) {
		struct block b = pack("hello hello hello", 17, level);
		expect_unpacked(b, 17, "hello hello hello", 17);
		free(b.data);
	}
}

Test(zst, more_than_the_limit_is_refused_without_making_it)
{
	static unsigned char zeros[8 << 20];
	struct block bomb = pack(zeros, sizeof(zeros), 1);
	cr_assert_lt(bomb.bytes, 10000);
	expect_refused(bomb.data, bomb.bytes, sizeof(zeros) - 1, -EFBIG);
	expect_refused(bomb.data, bomb.bytes, 1, -EFBIG);
	expect_refused(bomb.data, bomb.bytes, 0, -EFBIG);
	free(bomb.data);
}

Test(zst, every_truncation_is_told)
{
	unsigned char data[2000];
	fill(data, sizeof(data));
	struct block b = pack(data, sizeof(data), 3);
	for (size_t n = 0; n < b.bytes; n++)
		expect_refused(b.data, n, 1 << 20, -EBADMSG);
	free(b.data);
}

Test(zst, frames_in_a_row_are_one_text)
{
	struct block a = pack("hello ", 6, 3), b = pack("world", 5, 3);
	char both[256];
	cr_assert_leq(a.bytes + b.bytes, sizeof(both));
	memcpy(both, a.data, a.bytes);
	memcpy(both + a.bytes, b.data, b.bytes);
	expect_unpacked((struct block){both, a.bytes + b.bytes}, 11, "hello world", 11);
	expect_refused(both, a.bytes + b.bytes, 10, -EFBIG);
	expect_refused(both, a.bytes + b.bytes - 1, 11, -EBADMSG);
	memcpy(both + a.bytes, "garbage", 7);
	expect_refused(both, a.bytes + 7, 100, -EBADMSG);
	free(a.data);
	free(b.data);
}

Test(zst, what_is_not_zstd_is_told)
{
	expect_refused("this is plain text", 18, 100, -EBADMSG);
	expect_refused("", 0, 100, -EBADMSG);
}

Test(zst, flipped_bits_never_crash)
{
	unsigned char data[500];
	fill(data, sizeof(data));
	struct block b = pack(data, sizeof(data), 3);
	for (size_t i = 0; i < b.bytes * 8; i++) {
		unsigned char *bytes = b.data;
		void *out = NULL;
		size_t n = 0;
		bytes[i / 8] ^= (unsigned char)(1 << i % 8);
		int r = kt_zst_unpack(b.data, b.bytes, 1 << 20, &out, &n, NULL);
		cr_assert(r <= 0 && (r < 0 || n <= 1 << 20), "bit %zu", i);
		free(out);
		bytes[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	free(b.data);
}

Test(zst, of_a_known_size_it_takes_no_more_and_no_less)
{
	const char text[] = "the same again, the same again, the same again";
	void *packed = NULL, *out = NULL;
	size_t n = 0;
	cr_assert_eq(kt_zst_pack(text, sizeof(text), 3, &packed, &n, NULL), 0);
	cr_assert_eq(kt_zst_unpack_exact(packed, n, sizeof(text), &out, NULL), 0);
	cr_assert_str_eq(out, text);
	free(out);
	cr_assert_eq(kt_zst_unpack_exact(packed, n, sizeof(text) - 1, &out, NULL), -EBADMSG);
	cr_assert_eq(kt_zst_unpack_exact(packed, n, sizeof(text) + 1, &out, NULL), -EBADMSG);
	cr_assert_eq(kt_zst_unpack_exact(packed, n - 1, sizeof(text), &out, NULL), -EBADMSG);
	free(packed);
}
