// SPDX-License-Identifier: GPL-2.0-only
/* What is accepted as a kernel image, and what the refusal says. */
#include "softkvm/image.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETUP_BYTES (5 * 512)

/* Check a file of BYTES bytes that starts with HEAD. */
static int check(const uint8_t *head, size_t head_bytes, size_t bytes, struct kt_err *err)
{
	char path[] = "/tmp/ktstr-image-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, head, head_bytes), (ssize_t)head_bytes);
	cr_assert_eq(ftruncate(fd, (off_t)bytes), 0);
	int r = kt_softkvm_image_check(path, err);
	close(fd);
	unlink(path);
	return r;
}

static void bzimage_head(uint8_t head[0x210])
{
	uint32_t units = 100; /* 1600 bytes after the set-up sectors */
	memset(head, 0, 0x210);
	head[0x1f1] = 4;
	memcpy(head + 0x1f4, &units, sizeof(units));
	memcpy(head + 0x202, "HdrS", 4);
}

Test(softkvm_image, a_whole_bzimage_is_accepted)
{
	uint8_t head[0x210];
	bzimage_head(head);
	cr_expect_eq(check(head, sizeof(head), SETUP_BYTES + 1600, NULL), 0);
}

Test(softkvm_image, a_truncated_bzimage_is_named_as_such)
{
	struct kt_err err = {0};
	uint8_t head[0x210];
	bzimage_head(head);
	cr_expect_eq(check(head, sizeof(head), SETUP_BYTES + 1599, &err), -ENOEXEC);
	cr_expect_not_null(strstr(err.text, "truncated: 4159 bytes of 4160"), "%s", err.text);
}

Test(softkvm_image, an_elf_file_is_left_to_qemu)
{
	uint8_t head[0x210] = "\177ELF\2";
	cr_expect_eq(check(head, sizeof(head), 4096, NULL), 0);
}

Test(softkvm_image, other_files_are_refused)
{
	struct kt_err err = {0};
	uint8_t head[0x210] = "hello";
	cr_expect_eq(check(head, sizeof(head), 4096, &err), -ENOEXEC);
	cr_expect_eq(check(head, 5, 5, &err), -ENOEXEC);
	cr_expect_eq(check(head, 0, 0, &err), -ENOEXEC);
	cr_expect_eq(kt_softkvm_image_check("/", &err), -ENOEXEC);
	cr_expect_eq(kt_softkvm_image_check("/nonexistent/image", &err), -ENOENT);
	cr_expect_not_null(strstr(err.text, "/nonexistent/image"));
}
