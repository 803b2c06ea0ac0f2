// SPDX-License-Identifier: GPL-2.0-only
/* The forms of numbers and times. */
#include "report/format.h"

#include <criterion/criterion.h>
#include <math.h>

Test(format, numbers_have_as_many_digits_as_help)
{
	char b[KT_FORMAT_BYTES];

	cr_assert_str_eq(kt_format_number(0, b), "0");
	cr_assert_str_eq(kt_format_number(15, b), "15");
	cr_assert_str_eq(kt_format_number(44.87, b), "44.9");
	cr_assert_str_eq(kt_format_number(0.254, b), "0.25");
	cr_assert_str_eq(kt_format_number(51234.4, b), "51234");
	cr_assert_str_eq(kt_format_number(-3.5, b), "-3.5");
}

Test(format, numbers_that_are_none_are_shown_as_such)
{
	char b[KT_FORMAT_BYTES];

	cr_assert_str_eq(kt_format_number((double)NAN, b), "nan");
	cr_assert_str_eq(kt_format_number((double)INFINITY, b), "inf");
	cr_assert_str_eq(kt_format_number(1e300, b), "1e+300");
}

Test(format, times_change_unit_at_ten_seconds)
{
	char b[KT_FORMAT_BYTES];

	cr_assert_str_eq(kt_format_ns(0, b), "0 ms");
	cr_assert_str_eq(kt_format_ns(400000, b), "0.4 ms");
	cr_assert_str_eq(kt_format_ns(731200000, b), "731 ms");
	cr_assert_str_eq(kt_format_ns(12340000000, b), "12.3 s");
	cr_assert_str_eq(kt_format_seconds(3000000000, b), "3.0 s");
}

Test(format, small_ratios_keep_two_digits_that_say_something)
{
	char buf[KT_FORMAT_BYTES];

	cr_assert_str_eq(kt_format_number(0.00031, buf), "0.00031");
	cr_assert_str_eq(kt_format_number(0.25, buf), "0.25");
	cr_assert_str_eq(kt_format_number(0, buf), "0");
}
