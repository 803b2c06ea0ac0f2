// SPDX-License-Identifier: GPL-2.0-only
/* Archives are read back by a small parser of their own, written from the format's text. */
#include "base/cpio.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/mem.h"

#define HEADER_BYTES 110

enum field { INO, MODE, UID, GID, NLINK, MTIME, FILESIZE, DEVMAJ, DEVMIN, RMAJ, RMIN, NAMESIZE };

struct item {
	uint32_t f[13];
	const char *name;
	const char *data;
};

static size_t up4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* Entry at *AT; moves *AT behind it. false at the trailer. */
static bool next_item(const char *archive, size_t bytes, size_t *at, struct item *ret)
{
	cr_assert_leq(*at + HEADER_BYTES, bytes);
	cr_assert_eq(memcmp(archive + *at, "070701", 6), 0);
	for (int i = 0; i < 13; i++) {
		char hex[9] = {0};
		memcpy(hex, archive + *at + 6 + 8 * i, 8);
		ret->f[i] = (uint32_t)strtoul(hex, NULL, 16);
	}
	ret->name = archive + *at + HEADER_BYTES;
	cr_assert_eq(strlen(ret->name) + 1, ret->f[NAMESIZE]);
	size_t data = up4(*at + HEADER_BYTES + ret->f[NAMESIZE]);
	ret->data = archive + data;
	*at = up4(data + ret->f[FILESIZE]);
	cr_assert_leq(*at, bytes);
	return strcmp(ret->name, "TRAILER!!!") != 0;
}

static char *finish(struct kt_cpio *c, size_t *ret_bytes)
{
	void *archive = NULL;
	cr_assert_eq(kt_cpio_end(c, &archive, ret_bytes, NULL), 0);
	cr_assert_eq(*ret_bytes % 4, 0);
	return archive;
}

Test(cpio, an_empty_archive_is_a_trailer)
{
	struct kt_cpio c = {0};
	size_t bytes = 0, at = 0;
	struct item item;
	KT_AUTOFREE char *archive = finish(&c, &bytes);
	cr_assert_not(next_item(archive, bytes, &at, &item));
	cr_assert_eq(at, bytes);
}

Test(cpio, missing_parents_are_added_once)
{
	struct kt_cpio c = {0};
	struct item item;
	size_t bytes = 0, at = 0;
	cr_assert_eq(kt_cpio_file(&c, "a/b/one", 0644, "x", 1, NULL), 0);
	cr_assert_eq(kt_cpio_file(&c, "a/b/two", 0644, "yz", 2, NULL), 0);
	cr_assert_eq(kt_cpio_dir(&c, "a/b", 0700, NULL), 0);
	KT_AUTOFREE char *archive = finish(&c, &bytes);

	const char *names[] = {"a", "a/b", "a/b/one", "a/b/two"};
	for (size_t i = 0; i < KT_ARRAY_LEN(names); i++) {
		cr_assert(next_item(archive, bytes, &at, &item));
		cr_assert_str_eq(item.name, names[i]);
		cr_assert_eq(item.f[INO], i + 1);
	}
	cr_assert_eq(item.f[MODE], (uint32_t)(S_IFREG | 0644));
	cr_assert_eq(item.f[FILESIZE], 2);
	cr_assert_eq(memcmp(item.data, "yz", 2), 0);
	cr_assert_not(next_item(archive, bytes, &at, &item));
}

Test(cpio, names_and_data_of_every_length_stay_aligned)
{
	struct kt_cpio c = {0};
	struct item item;
	size_t bytes = 0, at = 0;
	static const char name[] = "abcdefgh", data[] = "12345678";
	for (size_t n = 1; n <= 8; n++) {
		char path[16];
		memcpy(path, name, n);
		path[n] = '\0';
		cr_assert_eq(kt_cpio_file(&c, path, 0755, data, 9 - n, NULL), 0);
	}
	KT_AUTOFREE char *archive = finish(&c, &bytes);
	for (size_t n = 1; n <= 8; n++) {
		cr_assert(next_item(archive, bytes, &at, &item));
		cr_assert_eq(strlen(item.name), n);
		cr_assert_eq(item.f[FILESIZE], 9 - n);
		cr_assert_eq(memcmp(item.data, data, 9 - n), 0);
	}
}

Test(cpio, nodes_carry_their_numbers)
{
	struct kt_cpio c = {0};
	struct item item;
	size_t bytes = 0, at = 0;
	cr_assert_eq(kt_cpio_node(&c, "null", S_IFCHR | 0666, makedev(1, 3), NULL), 0);
	KT_AUTOFREE char *archive = finish(&c, &bytes);

	cr_assert(next_item(archive, bytes, &at, &item));
	cr_assert_eq(item.f[MODE], (uint32_t)(S_IFCHR | 0666));
	cr_assert_eq(item.f[RMAJ], 1);
	cr_assert_eq(item.f[RMIN], 3);
}

Test(cpio, bad_paths_and_modes_are_refused_and_leave_nothing)
{
	struct kt_cpio c = {0};
	struct kt_err err = {0};
	const char *bad[] = {"", "/abs", "a//b", "a/../b", "./a", "a/"};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++)
		cr_assert_eq(kt_cpio_file(&c, bad[i], 0644, "", 0, &err), -EINVAL, "%s", bad[i]);
	cr_assert_eq(kt_cpio_node(&c, "x", S_IFREG | 0644, 0, &err), -EINVAL);
	cr_assert_eq(c.out.len, 0);
	kt_cpio_done(&c);
}

Test(cpio, copy_takes_contents_and_mode_of_a_host_file)
{
	struct kt_cpio c = {0};
	struct item item;
	size_t bytes = 0, at = 0;
	char path[] = "/tmp/kt-cpio-test-XXXXXX";
	KT_AUTOFD int fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, "hello", 5), 5);
	cr_assert_eq(fchmod(fd, 0751), 0);
	int r = kt_cpio_copy(&c, "f", path, NULL);
	unlink(path);
	cr_assert_eq(r, 0);
	KT_AUTOFREE char *archive = finish(&c, &bytes);
	cr_assert(next_item(archive, bytes, &at, &item));
	cr_assert_eq(item.f[MODE], (uint32_t)(S_IFREG | 0751));
	cr_assert_eq(memcmp(item.data, "hello", 5), 0);
	cr_assert_eq(kt_cpio_copy(&c, "f", "/nonexistent/file", NULL), -ENOENT);
	kt_cpio_done(&c);
}
