/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Streaming JSON writer into a kt_str: keeps commas and nesting right, escapes text (bytes
 * that are not UTF-8 become U+FFFD), writes NaN and infinities as null. Two-space indent, a
 * newline at the end. Start from {.out = &text}. Deeper nesting than KT_JSON_DEPTH_MAX, or
 * an end without its begin, sets out->failed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define KT_JSON_DEPTH_MAX 32

struct kt_json_out {
	struct kt_str *out;
	unsigned depth;
	bool has_item[KT_JSON_DEPTH_MAX];
};

/* KEY NULL: an element of an array or the root. */
void kt_json_object(struct kt_json_out *j, const char *key);
void kt_json_array(struct kt_json_out *j, const char *key);
void kt_json_end_object(struct kt_json_out *j);
void kt_json_end_array(struct kt_json_out *j);
void kt_json_str(struct kt_json_out *j, const char *key, const char *text); /* NULL text: null */
void kt_json_strn(struct kt_json_out *j, const char *key, const char *text, size_t bytes);
void kt_json_u64(struct kt_json_out *j, const char *key, uint64_t v);
void kt_json_i64(struct kt_json_out *j, const char *key, int64_t v);
void kt_json_f64(struct kt_json_out *j, const char *key, double v);
void kt_json_bool(struct kt_json_out *j, const char *key, bool v);
