/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share: taking an input apart, a promise that is checked, and a file
 * made of bytes. A target is one function for libFuzzer; whatever it finds wrong ends the
 * process, so that the input is kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

/* Called by libFuzzer once per input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define FUZZ_CHECK(promise)                                                                        \
	do {                                                                                       \
		if (!(promise)) {                                                                  \
			fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__,         \
				#promise);                                                         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* The rest of an input; past its end there are zero bytes. */
struct fuzz_in {
	const uint8_t *at;
	size_t left;
};

static inline size_t fuzz_take(struct fuzz_in *in, void *to, size_t bytes)
{
	size_t n = KT_MIN(bytes, in->left);
	memset(to, 0, bytes);
	memcpy(to, in->at, n);
	in->at += n;
	in->left -= n;
	return n;
}

static inline uint64_t fuzz_number(struct fuzz_in *in, size_t bytes)
{
	uint64_t v = 0;
	fuzz_take(in, &v, bytes);
	return v;
}

/* Up to 256 bytes as they stand in the input; how many is the input's affair too. */
static inline const uint8_t *fuzz_piece(struct fuzz_in *in, size_t *ret_bytes)
{
	size_t want = fuzz_number(in, 1) + 1;
	const uint8_t *at = in->at;
	*ret_bytes = KT_MIN(want, in->left);
	in->at += *ret_bytes;
	in->left -= *ret_bytes;
	return at;
}

/* The rest as a text, cut at its first NUL by whoever reads it. The caller frees it. */
static inline char *fuzz_text(struct fuzz_in *in)
{
	char *text = malloc(in->left + 1);
	FUZZ_CHECK(text);
	memcpy(text, in->at, in->left);
	text[in->left] = '\0';
	in->left = 0;
	return text;
}

/* Read each byte, so that a sanitizer sees those that must not be. */
static inline void fuzz_touch(const void *data, size_t bytes)
{
	static volatile uint8_t sum;
	for (size_t i = 0; i < bytes; i++)
		sum = sum ^ ((const uint8_t *)data)[i];
}

/* A file with these bytes that has no name but the one written to PATH. Returns its fd. */
static inline int fuzz_file(const void *data, size_t bytes, char path[32])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}
