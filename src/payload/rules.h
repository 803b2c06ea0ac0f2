/* SPDX-License-Identifier: GPL-2.0-only */
/* What a payload's description must be; asked by the plan before anything boots. */
#pragma once

#include <ktstr/payload.h>

#include "base/err.h"

#define KT_PAYLOAD_NAME_BYTES 64 /* with the NUL */
/* More elements in a list are taken for one without an end. */
#define KT_PAYLOAD_LIST_MAX 1024u

/* Its name in ops and results: a part of P. "" of one without a program. */
const char *kt_payload_name(const struct ktstr_payload *p);

/* Everything but where its files are. 0 or -EINVAL. */
int kt_payload_check(const struct ktstr_payload *p, struct kt_err *err);
/* A list of hints, also the .metrics of a test: each metric once. NULL: none. */
int kt_payload_check_hints(const struct ktstr_metric_hint *hints, struct kt_err *err);
/*
 * What a run adds to its command line: a list with an end, whose long options the payload
 * knows. ARGS NULL: nothing.
 */
int kt_payload_check_args(
	const struct ktstr_payload *p, const char *const *args, struct kt_err *err);
