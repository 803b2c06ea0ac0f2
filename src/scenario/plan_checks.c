// SPDX-License-Identifier: GPL-2.0-only
/* The rules of a limit: a number above zero, or one of the two words of <ktstr/check.h>. */
#include "scenario/plan_checks.h"

#include <math.h>
#include <string.h>

struct row {
	const char *name, *type;
	double most;
	bool zero;
};

static int check_flag(const struct row *row, double value, struct kt_err *err)
{
	if (value == 0 || value == 1)
		return 0;
	return kt_fail(err, EINVAL, "write true, or KTSTR_LIMIT_OFF to switch it off",
		"check %s: it is a flag and takes no limit such as %g", row->name, value);
}

static int check_limit(const struct row *row, double value, struct kt_err *err)
{
	if (value == KTSTR_LIMIT_OFF)
		return 0;
	if (strcmp(row->type, "flag") == 0)
		return check_flag(row, value, err);
	if (!isfinite(value) || value < 0)
		return kt_fail(err, EINVAL,
			"use a finite limit above 0, or leave it unset; KTSTR_LIMIT_OFF switches a "
			"check off",
			"check %s: %g is no limit", row->name, value);
	if (value == KTSTR_LIMIT_ZERO && !row->zero)
		return kt_fail(err, EINVAL, "use a limit above 0, or KTSTR_LIMIT_OFF",
			"check %s: a limit of zero is %s", row->name,
			strncmp(row->name, "min_", 4) ? "missed by every run" : "met by every run");
	if (row->most <= 0 || value <= row->most)
		return 0;
	(void)kt_fail(err, EINVAL, "use a limit within the range",
		"check %s: %g is beyond %g, the most there can be", row->name, value,
		row->most); /* the code comes from kt_fix */
	return kt_fix(err, "use a limit above 0 and up to %g%s", row->most,
		row->zero ? ", or KTSTR_LIMIT_ZERO" : "");
}

static int check_layer(const struct ktstr_checks *checks, struct kt_err *err)
{
	int r = 0;
#define CHECK(name, type, limit, debug, most, zero, unit, sentence, rule)                          \
	if (!r)                                                                                    \
		r = check_limit(&(const struct row){#name, #type, most, zero}, checks->name, err);
#include "macros/check.def"
#undef CHECK
	return r;
}

int kt_plan_check_limits(const struct ktstr_test *test, struct kt_err *err)
{
	int r = check_layer(&test->checks, err);
	if (r < 0 || !test->scheduler_checks)
		return r;
	r = check_layer(test->scheduler_checks, err);
	return r < 0 ? kt_wrap(err, r, "scheduler_checks") : 0;
}
