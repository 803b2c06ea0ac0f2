/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The initramfs of a test's machine: this program as /init, what --include brings, and what
 * PID 1 is to set. It is the same for every test of a run, so one session makes it once.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "run/include.h"

struct kt_run_image_spec {
	const char *program;   /* must be static; packed without what only debuggers read */
	const char *cache_dir; /* a compressed archive is kept in CACHE_DIR/initramfs */
	const struct kt_run_includes *includes;
	const char *const *sysctls; /* KEY=VALUE */
	size_t sysctl_count;
	size_t pack_above_bytes;
};

struct kt_run_image {
	void *data;
	size_t bytes;
	size_t unpacked_bytes; /* what the guest holds once it is unpacked */
	size_t init_bytes;     /* of /init: the program without what only debuggers read */
};

/*
 * Archives beyond this are compressed: the packed form is in guest memory beside the
 * unpacked one while the kernel unpacks, and copying costs less than unpacking below it.
 */
#define KT_RUN_IMAGE_PACK_BYTES (64u << 20)

/* Packed archives are found again in the cache under the hash of what they unpack to. */
int kt_run_image_make(
	const struct kt_run_image_spec *spec, struct kt_run_image *ret, struct kt_err *err);
void kt_run_image_done(struct kt_run_image *image);
