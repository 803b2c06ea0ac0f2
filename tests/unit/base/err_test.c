// SPDX-License-Identifier: GPL-2.0-only
/* Failures carry code, text and remedy; callers prepend context; nothing overflows. */
#include "base/err.h"

#include <criterion/criterion.h>
#include <string.h>

Test(err, fail_records_code_text_and_fix)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_fail(&err, ENOENT, "make it", "no '%s' in %d", "x", 7), -ENOENT);
	cr_assert_eq(err.code, ENOENT);
	cr_assert_str_eq(err.text, "no 'x' in 7");
	cr_assert_str_eq(err.fix, "make it");
}

Test(err, nobody_has_to_listen)
{
	cr_assert_eq(kt_fail(NULL, EIO, "fix", "text"), -EIO);
	cr_assert_eq(kt_wrap(NULL, -EIO, "context"), -EIO);
	cr_assert_eq(kt_fix(NULL, "fix"), 0);
	kt_err_clear(NULL);
}

Test(err, wrap_prepends_outermost_first)
{
	struct kt_err err = {0};
	int r = kt_fail(&err, EIO, "fix", "inner");
	r = kt_wrap(&err, r, "middle %d", 2);
	r = kt_wrap(&err, r, "outer");
	cr_assert_eq(r, -EIO);
	cr_assert_str_eq(err.text, "outer: middle 2: inner");
	cr_assert_str_eq(err.fix, "fix");
}

Test(err, fix_is_replaced)
{
	struct kt_err err = {0};
	kt_fail(&err, EINVAL, "first", "text");
	cr_assert_eq(kt_fix(&err, "use %d", 3), -EINVAL);
	cr_assert_str_eq(err.fix, "use 3");
	cr_assert_str_eq(err.text, "text");
}

Test(err, long_texts_are_clipped_and_the_cause_survives_wrapping)
{
	char text[2 * KT_ERR_TEXT_BYTES];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	struct kt_err err = {0};
	kt_fail(&err, EIO, text, "%s", text);
	cr_assert_eq(strlen(err.text), KT_ERR_TEXT_BYTES - 1);
	cr_assert_eq(strlen(err.fix), KT_ERR_FIX_BYTES - 1);

	kt_fail(&err, EIO, "fix", "the cause");
	kt_wrap(&err, -EIO, "%s", text);
	cr_assert_lt(strlen(err.text), sizeof(err.text));
	cr_assert_not_null(strstr(err.text, ": the cause"));
}

Test(err, clear_forgets)
{
	struct kt_err err = {0};
	kt_fail(&err, EIO, "fix", "text");
	kt_err_clear(&err);
	cr_assert_eq(err.code, 0);
	cr_assert_str_eq(err.text, "");
	cr_assert_str_eq(err.fix, "");
}
