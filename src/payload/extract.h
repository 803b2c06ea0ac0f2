/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers out of what a program printed: a JSON object or array, alone or among other lines.
 * Everything here comes from a guest's program and is bounded.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"

#define KT_PAYLOAD_VALUES_MAX	  512u
#define KT_PAYLOAD_VALUE_NAME_MAX 120u /* bytes; longer ones are left out */

struct kt_payload_value {
	char *name; /* "jobs.0.read.iops" */
	double value;
};

/* Zero bytes are none. In the order in which they were printed. */
struct kt_payload_values {
	KT_VEC(struct kt_payload_value) list;
	size_t dropped; /* numbers that are not kept */
};

void kt_payload_values_done(struct kt_payload_values *v);
/* Metric NAME, NULL when there is none. */
const struct kt_payload_value *kt_payload_values_find(
	const struct kt_payload_values *v, const char *name);

/*
 * Every number of the JSON text in OUT, or, where that has none, in SAID. -ENOENT: neither has
 * any; the error says what stood in the way.
 */
int kt_payload_extract(const char *out, size_t out_bytes, const char *said, size_t said_bytes,
	struct kt_payload_values *ret, struct kt_err *err);
