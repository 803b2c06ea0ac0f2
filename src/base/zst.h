/* SPDX-License-Identifier: GPL-2.0-only */
/* The door to zstd. Outputs are malloced. */
#pragma once

#include <stddef.h>

#include "base/err.h"

/* Compress with LEVEL 1..19. */
int kt_zst_pack(const void *data, size_t bytes, int level, void **ret, size_t *ret_bytes,
	struct kt_err *err);
/* Unpack frames of BYTES_OUT bytes in all, with no memory beyond them; another size is -EBADMSG. */
int kt_zst_unpack_exact(
	const void *data, size_t bytes, size_t bytes_out, void **ret, struct kt_err *err);
/* Unpack one or more frames; more than LIMIT bytes is -EFBIG. */
int kt_zst_unpack(const void *data, size_t bytes, size_t limit, void **ret, size_t *ret_bytes,
	struct kt_err *err);
