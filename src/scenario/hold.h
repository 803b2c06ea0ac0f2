/* SPDX-License-Identifier: GPL-2.0-only */
/* How long a step holds: from the descriptor to nanoseconds, and to a deadline at run time. */
#pragma once

#include <stdint.h>

#include <ktstr/scenario.h>

#include "base/err.h"

/* The longest duration, hold or interval that is taken for meant. */
#define KT_HOLD_MAX_MS (24ull * 3600 * 1000)

/* The hold, or a loop's interval, in ns; not cut to what is left. 0 or -EINVAL. */
int kt_hold_resolve(
	const struct ktstr_hold *hold, uint64_t duration_ms, uint64_t *ret_ns, struct kt_err *err);
/* When a hold of HOLD_NS that begins at NOW_NS ends: at the scenario's END_NS at the latest. */
uint64_t kt_hold_deadline_ns(uint64_t hold_ns, uint64_t now_ns, uint64_t end_ns);
