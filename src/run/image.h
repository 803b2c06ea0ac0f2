/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The initramfs of a test's machine: this program as /init. It is the same for every test of
 * the program, so one session makes it once.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

struct kt_run_image {
	void *data;
	size_t bytes;
	size_t unpacked_bytes; /* what the guest holds once it is unpacked */
};

/*
 * Archives beyond this are compressed: the packed form is in guest memory beside the
 * unpacked one while the kernel unpacks, and copying costs less than unpacking below it.
 */
#define KT_RUN_IMAGE_PACK_BYTES (64u << 20)

/*
 * Make the archive of PROGRAM, which must be static. A compressed archive is kept in
 * CACHE_DIR/initramfs under the hash of its contents and found there again.
 */
int kt_run_image_make(const char *program, const char *cache_dir, size_t pack_above_bytes,
	struct kt_run_image *ret, struct kt_err *err);
void kt_run_image_done(struct kt_run_image *image);
