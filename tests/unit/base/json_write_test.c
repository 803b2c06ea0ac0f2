// SPDX-License-Identifier: GPL-2.0-only
/* The writer's exact text, and that the reader takes back all it writes. */
#include "base/json_write.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/json_read.h"
#include "base/mem.h"

Test(json_write, nests_with_commas_and_indent)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	struct kt_json_out j = {.out = &s};
	kt_json_object(&j, NULL);
	kt_json_str(&j, "name", "first");
	kt_json_array(&j, "list");
	kt_json_u64(&j, NULL, 1);
	kt_json_object(&j, NULL);
	kt_json_bool(&j, "yes", true);
	kt_json_bool(&j, "no", false);
	kt_json_end_object(&j);
	kt_json_array(&j, NULL);
	kt_json_end_array(&j);
	kt_json_end_array(&j);
	kt_json_object(&j, "empty");
	kt_json_end_object(&j);
	kt_json_i64(&j, "last", -5);
	kt_json_end_object(&j);
	cr_assert_not(s.failed);
	cr_assert_str_eq(kt_str_get(&s), "{\n"
					 "  \"name\": \"first\",\n"
					 "  \"list\": [\n"
					 "    1,\n"
					 "    {\n"
					 "      \"yes\": true,\n"
					 "      \"no\": false\n"
					 "    },\n"
					 "    []\n"
					 "  ],\n"
					 "  \"empty\": {},\n"
					 "  \"last\": -5\n"
					 "}\n");
}

/* One value alone, as the whole document. */
#define EXPECT_VALUE(expected, call)                                                               \
	do {                                                                                       \
		struct kt_str s = {0};                                                             \
		struct kt_json_out j = {.out = &s};                                                \
		call;                                                                              \
		cr_assert_str_eq(kt_str_get(&s), expected "\n");                                   \
		kt_str_done(&s);                                                                   \
	} while (0)

Test(json_write, text_is_escaped)
{
	EXPECT_VALUE("\"\"", kt_json_str(&j, NULL, ""));
	EXPECT_VALUE("null", kt_json_str(&j, NULL, NULL));
	EXPECT_VALUE("\"a\\\"b\\\\c/\"", kt_json_str(&j, NULL, "a\"b\\c/"));
	EXPECT_VALUE(
		"\"\\n\\r\\t\\u0001\\u001f\\u007f\"", kt_json_str(&j, NULL, "\n\r\t\1\x1f\x7f"));
	EXPECT_VALUE("\"a\\u0000b\"", kt_json_strn(&j, NULL, "a\0b", 3));
	EXPECT_VALUE("\"\xe2\x82\xac\"", kt_json_str(&j, NULL, "\xe2\x82\xac"));
}

Test(json_write, bytes_that_are_not_utf8_are_replaced_one_by_one)
{
	EXPECT_VALUE("\"a\xef\xbf\xbd\xef\xbf\xbd"
		     "b\"",
		kt_json_str(&j, NULL,
			"a\xff\xfe"
			"b"));
	EXPECT_VALUE("\"\xef\xbf\xbd\xef\xbf\xbd\"", kt_json_strn(&j, NULL, "\xe2\x82", 2));
	EXPECT_VALUE(
		"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", kt_json_str(&j, NULL, "\xed\xa0\x80"));
}

Test(json_write, numbers_are_exact_and_short)
{
	EXPECT_VALUE("18446744073709551615", kt_json_u64(&j, NULL, UINT64_MAX));
	EXPECT_VALUE("-9223372036854775808", kt_json_i64(&j, NULL, INT64_MIN));
	EXPECT_VALUE("0.1", kt_json_f64(&j, NULL, 0.1));
	EXPECT_VALUE("5", kt_json_f64(&j, NULL, 5));
	EXPECT_VALUE("0.30000000000000004", kt_json_f64(&j, NULL, 0.1 + 0.2));
	EXPECT_VALUE("1.7976931348623157e+308", kt_json_f64(&j, NULL, DBL_MAX));
	EXPECT_VALUE("null", kt_json_f64(&j, NULL, NAN));
	EXPECT_VALUE("null", kt_json_f64(&j, NULL, -INFINITY));
}

Test(json_write, keys_are_escaped_too)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	struct kt_json_out j = {.out = &s};
	kt_json_object(&j, NULL);
	kt_json_bool(&j, "a\"\n\xff", true);
	kt_json_end_object(&j);
	cr_assert_str_eq(kt_str_get(&s), "{\n  \"a\\\"\\n\xef\xbf\xbd\": true\n}\n");
}

Test(json_write, the_reader_takes_back_the_deepest_nesting)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	struct kt_json_out j = {.out = &s};
	struct kt_err err = {0};
	for (int i = 0; i < KT_JSON_DEPTH_MAX; i++)
		kt_json_array(&j, NULL);
	for (int i = 0; i < KT_JSON_DEPTH_MAX; i++)
		kt_json_end_array(&j);
	cr_assert_not(s.failed);
	cr_assert_eq(kt_json_parse(s.text, s.len, &root, &err), 0, "%s", err.text);
}

Test(json_write, nesting_too_deep_marks_the_text_as_failed)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	struct kt_json_out j = {.out = &s};
	for (int i = 0; i <= KT_JSON_DEPTH_MAX; i++)
		kt_json_object(&j, i ? "k" : NULL);
	cr_assert(s.failed);
	kt_json_u64(&j, "k", 1);
	for (int i = 0; i <= KT_JSON_DEPTH_MAX; i++)
		kt_json_end_object(&j);
	cr_assert_eq(j.depth, 0);
}

Test(json_write, an_end_without_its_begin_marks_the_text_as_failed)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	struct kt_json_out j = {.out = &s};
	kt_json_end_array(&j);
	cr_assert(s.failed);
}

Test(json_write, every_byte_comes_back_as_itself_or_replaced)
{
	for (int c = 1; c < 256; c++) {
		KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
		KT_AUTO(kt_json_free) struct kt_json *root = NULL;
		struct kt_json_out j = {.out = &s};
		const char text[] = {(char)c, '\0'};
		kt_json_str(&j, NULL, text);
		cr_assert_eq(kt_json_parse(s.text, s.len, &root, NULL), 0, "byte %d", c);
		cr_assert_str_eq(kt_json_get_str(root, "?"), c < 128 ? text : "\xef\xbf\xbd");
	}
}
