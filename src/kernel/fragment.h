/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * src/kernel/ktstr.kconfig, carried inside the program because the tool is used from
 * anywhere. Read by config.c, hashed into the cache key by build.c.
 */
#pragma once

#include <stddef.h>

#include "base/hash.h"

/* The text of the fragment, NUL-terminated; its length without the NUL in *ret_bytes (may be NULL).
 */
const char *kt_kernel_fragment(size_t *ret_bytes);
/* Its hash, as stored in the meta.json of an entry: another one there means older options. */
void kt_kernel_fragment_hash(char out[KT_HASH_TEXT_BYTES]);
