// SPDX-License-Identifier: GPL-2.0-only
/* Holds: what is refused, what they resolve to, how they are cut. */
#include "scenario/hold.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static int resolve(struct ktstr_hold hold, uint64_t *ret, struct kt_err *err)
{
	return kt_hold_resolve(&hold, 2000, ret, err);
}

static struct ktstr_hold frac(double f)
{
	return (struct ktstr_hold){.kind = KTSTR_HOLD_KIND_FRAC, .frac = f};
}

Test(hold, a_fraction_is_of_the_duration)
{
	uint64_t ns = 0;
	cr_assert_eq(resolve(frac(0.25), &ns, NULL), 0);
	cr_assert_eq(ns, 500000000);
}

Test(hold, a_fraction_above_one_is_the_whole_duration)
{
	uint64_t ns = 0;
	cr_assert_eq(resolve(frac(1e300), &ns, NULL), 0);
	cr_assert_eq(ns, 2000000000);
}

Test(hold, a_fraction_must_be_finite_and_above_zero)
{
	const double wrong[] = {0, -0.5, NAN, INFINITY, -INFINITY};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		uint64_t ns = 7;
		struct kt_err err = {0};
		cr_assert_eq(resolve(frac(wrong[i]), &ns, &err), -EINVAL, "%g", wrong[i]);
		cr_assert_not_null(strstr(err.fix, "above 0"));
		cr_assert_eq(ns, 7);
	}
}

Test(hold, a_fixed_hold_of_zero_is_legal)
{
	uint64_t ns = 7;
	cr_assert_eq(resolve((struct ktstr_hold){.kind = KTSTR_HOLD_KIND_MS}, &ns, NULL), 0);
	cr_assert_eq(ns, 0);
}

Test(hold, a_loop_needs_an_interval)
{
	uint64_t ns;
	struct kt_err err = {0};
	struct ktstr_hold hold = {.kind = KTSTR_HOLD_KIND_LOOP};
	cr_assert_eq(resolve(hold, &ns, &err), -EINVAL);
	cr_assert_not_null(strstr(err.fix, "KTSTR_HOLD_LOOP(250)"));
	hold.ms = 3;
	cr_assert_eq(resolve(hold, &ns, NULL), 0);
	cr_assert_eq(ns, 3000000);
}

Test(hold, a_time_that_was_negative_is_refused)
{
	uint64_t ns;
	struct kt_err err = {0};
	struct ktstr_hold hold = {.kind = KTSTR_HOLD_KIND_MS, .ms = (uint64_t)-1};
	cr_assert_eq(resolve(hold, &ns, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, "longer than 24 hours"));
	hold.kind = KTSTR_HOLD_KIND_LOOP;
	cr_assert_eq(resolve(hold, &ns, NULL), -EINVAL);
}

Test(hold, an_unknown_kind_is_refused)
{
	uint64_t ns;
	cr_assert_eq(resolve((struct ktstr_hold){.kind = KTSTR_HOLD_KIND_END}, &ns, NULL), -EINVAL);
	cr_assert_eq(resolve((struct ktstr_hold){.kind = 77}, &ns, NULL), -EINVAL);
}

Test(hold, a_deadline_is_cut_to_the_end_of_the_duration)
{
	cr_assert_eq(kt_hold_deadline_ns(100, 1000, 5000), 1100);
	cr_assert_eq(kt_hold_deadline_ns(100, 4950, 5000), 5000);
	cr_assert_eq(kt_hold_deadline_ns(UINT64_MAX, 4950, 5000), 5000);
}

Test(hold, after_the_end_there_is_no_time)
{
	cr_assert_eq(kt_hold_deadline_ns(100, 5000, 5000), 5000);
	cr_assert_eq(kt_hold_deadline_ns(100, 6000, 5000), 6000);
}
