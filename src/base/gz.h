/* SPDX-License-Identifier: GPL-2.0-only */
/* The door to zlib, for reading only. Outputs are malloced. */
#pragma once

#include <stddef.h>

#include "base/err.h"

/*
 * Unpack the one gzip member that DATA begins with; what stands behind it is not looked at.
 * More than LIMIT bytes is -EFBIG.
 */
int kt_gz_unpack(const void *data, size_t bytes, size_t limit, void **ret, size_t *ret_bytes,
	struct kt_err *err);
