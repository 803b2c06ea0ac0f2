/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest tells the host: one struct per row of macros/frame.def, and their payload on
 * the wire. Integers are little-endian; a text is its length (u16), its bytes and a NUL; a CPU
 * set is the number of its 64-bit words (u16) and the words. How payloads become a stream of
 * bytes is stream.h's business.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cpumask.h"
#include "base/loss.h"

/* Said in hello; raised whenever a row's number or fields change meaning. */
#define KT_WIRE_PROTOCOL 1u

#define KT_FRAME_TEXT_MAX    4096u  /* bytes of one text without its NUL */
#define KT_FRAME_PAYLOAD_MAX 32768u /* no row needs more: checked at compile time */

enum kt_frame_type {
#define FRAME(name, number, ...) KT_FRAME_##name = (number),
#include "macros/frame.def"
#undef FRAME
};

#define KT_FRAME_TYPE_u16  uint16_t
#define KT_FRAME_TYPE_u32  uint32_t
#define KT_FRAME_TYPE_u64  uint64_t
#define KT_FRAME_TYPE_i32  int32_t
#define KT_FRAME_TYPE_str  const char * /* borrowed; NULL is sent as "" */
#define KT_FRAME_TYPE_cpus struct kt_cpus

#define F(type, name) KT_FRAME_TYPE_##type name;
#define FRAME(name, number, ...)                                                                   \
	struct kt_frame_##name {                                                                   \
		__VA_ARGS__                                                                        \
	};
#include "macros/frame.def"
#undef FRAME
#undef F

/* type says which member counts. */
struct kt_frame {
	enum kt_frame_type type;
	union {
#define FRAME(name, number, ...) struct kt_frame_##name name;
#include "macros/frame.def"
#undef FRAME
	};
};

/* "worker"; NULL for a number that is no row's. */
const char *kt_frame_name(unsigned type);

/*
 * Write the payload of F into BUF. Texts are cut at KT_FRAME_TEXT_MAX, at the start of a UTF-8
 * character, and counted in LOSS. Returns the payload's length; 0 when F has no known type
 * (every row has at least one field, so no payload is empty).
 */
size_t kt_frame_encode(
	const struct kt_frame *f, uint8_t buf[KT_FRAME_PAYLOAD_MAX], struct kt_loss *loss);

/*
 * Read a payload from anyone. The texts of *ret point into PAYLOAD. 0, or -EBADMSG for an
 * unknown type, a length that does not fit, a text with a NUL inside, or bytes left over.
 */
int kt_frame_decode(unsigned type, const uint8_t *payload, size_t bytes, struct kt_frame *ret);
