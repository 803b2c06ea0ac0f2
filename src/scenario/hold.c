// SPDX-License-Identifier: GPL-2.0-only
/* Holds: plain arithmetic, kept apart so that each rule has its test. */
#include "scenario/hold.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"

static int check_ms(uint64_t ms, const char *what, struct kt_err *err)
{
	if (ms <= KT_HOLD_MAX_MS)
		return 0;
	return kt_fail(err, EINVAL, "use milliseconds, at most 24 hours of them",
		"%s of %llu ms is longer than 24 hours", what, (unsigned long long)ms);
}

int kt_hold_resolve(
	const struct ktstr_hold *hold, uint64_t duration_ms, uint64_t *ret_ns, struct kt_err *err)
{
	int r = 0;
	switch (hold->kind) {
	case KTSTR_HOLD_KIND_FRAC:
		if (!isfinite(hold->frac) || hold->frac <= 0)
			return kt_fail(err, EINVAL,
				"use a fraction above 0 such as 0.5, or KTSTR_HOLD_MS(0) to hold "
				"not at all",
				"a hold of %g of the duration is not possible", hold->frac);
		/* More than all of it would be cut to what is left anyway. */
		*ret_ns =
			(uint64_t)(KT_MIN(hold->frac, 1.0) * (double)(duration_ms * KT_NS_PER_MS));
		return 0;
	case KTSTR_HOLD_KIND_LOOP:
		if (!hold->ms)
			return kt_fail(err, EINVAL,
				"give the loop an interval above 0, such as KTSTR_HOLD_LOOP(250)",
				"a loop with an interval of 0 ms would never rest");
		r = check_ms(hold->ms, "a loop's interval", err);
		break;
	case KTSTR_HOLD_KIND_MS:
		r = check_ms(hold->ms, "a hold", err);
		break;
	case KTSTR_HOLD_KIND_END:
	default:
		return kt_fail(err, EINVAL,
			"begin the step with its hold, such as KTSTR_HOLD_FULL or "
			"KTSTR_HOLD_MS(500)",
			"the step has no hold");
	}
	if (!r)
		*ret_ns = hold->ms * KT_NS_PER_MS;
	return r;
}

uint64_t kt_hold_deadline_ns(uint64_t hold_ns, uint64_t now_ns, uint64_t end_ns)
{
	if (now_ns >= end_ns)
		return now_ns;
	return now_ns + KT_MIN(hold_ns, end_ns - now_ns);
}
