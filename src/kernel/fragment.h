/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * src/kernel/ktstr.kconfig, carried inside the program because the tool is used from
 * anywhere. Read by config.c, hashed into the cache key by build.c; those of variants: variant.h.
 */
#pragma once

#include <stddef.h>

/* The text of the fragment, NUL-terminated; its length without the NUL in *ret_bytes (may be NULL).
 */
const char *kt_kernel_fragment(size_t *ret_bytes);
