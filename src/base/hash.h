/* SPDX-License-Identifier: GPL-2.0-only */
/* The door to xxHash: cache keys, checksums of frames, identity of files. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* XXH3 64 of a buffer. */
uint64_t kt_hash64(const void *data, size_t bytes);

#define KT_HASH_TEXT_BYTES 33 /* 32 hex digits and NUL */

/* A running XXH3 128; zero bytes are not valid, use kt_hash_new. */
struct kt_hash;
struct kt_hash *kt_hash_new(void); /* NULL when out of memory */
void kt_hash_free(struct kt_hash *h);
void kt_hash_add(struct kt_hash *h, const void *data, size_t bytes);
/* A string with its end, so that "a","bc" and "ab","c" differ. */
void kt_hash_add_str(struct kt_hash *h, const char *text);
void kt_hash_text(const struct kt_hash *h, char out[KT_HASH_TEXT_BYTES]);
int kt_hash_file(const char *path, char out[KT_HASH_TEXT_BYTES], struct kt_err *err);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_hash, kt_hash_free);
