/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames with a sound header around a payload of the input: a fuzzer never guesses a checksum,
 * and without one nothing behind it is tried.
 */
#pragma once

#include "base/hash.h"
#include "fuzz/fuzz.h"
#include "wire/stream.h"

#define FUZZ_PAYLOAD_MAX 512u

/* One frame from the input: type, sequence and payload. Returns its bytes in BUF. */
static inline size_t fuzz_frame(struct fuzz_in *in, uint8_t buf[16 + FUZZ_PAYLOAD_MAX])
{
	uint16_t type = (uint16_t)fuzz_number(in, 1);
	uint32_t seq = (uint32_t)fuzz_number(in, 1);
	uint16_t n = (uint16_t)(fuzz_number(in, 2) % FUZZ_PAYLOAD_MAX);
	n = (uint16_t)fuzz_take(in, buf + 16, n);
	memcpy(buf, "KTF1", 4);
	memcpy(buf + 8, &type, 2);
	memcpy(buf + 10, &n, 2);
	memcpy(buf + 12, &seq, 4);
	uint32_t check = (uint32_t)kt_hash64(buf + 8, (size_t)n + 8);
	memcpy(buf + 4, &check, 4);
	return (size_t)n + 16;
}
