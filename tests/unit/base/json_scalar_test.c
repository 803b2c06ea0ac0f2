// SPDX-License-Identifier: GPL-2.0-only
/* Strings and numbers to the letter of RFC 8259. */
#include <criterion/criterion.h>
#include <float.h>
#include <string.h>

#include "base/json_read.h"
#include "base/mem.h"

static struct kt_json *parse(const char *text)
{
	struct kt_json *root = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_json_parse(text, strlen(text), &root, &err), 0, "%s: %s", text, err.text);
	return root;
}

static void expect_refused(const char *text, const char *why)
{
	struct kt_json *root = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_json_parse(text, strlen(text), &root, &err), -EINVAL, "%s", text);
	cr_assert_null(root);
	cr_assert_not_null(strstr(err.text, why), "%s: %s", text, err.text);
}

Test(json_scalar, escapes_become_their_characters)
{
	static const struct {
		const char *text, *value;
	} rows[] = {
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
		{"\"\\u0041\\u00e9\\u20ac\"", "A\xc3\xa9\xe2\x82\xac"},
		{"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
		{"\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf"},
		{"\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
			"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
		{"\"\xf0\x9f\x98\x80\x7f\"", "\xf0\x9f\x98\x80\x7f"},
		{"\"\"", ""},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		KT_AUTO(kt_json_free) struct kt_json *v = parse(rows[i].text);
		cr_assert_str_eq(kt_json_get_str(v, "?"), rows[i].value, "row %zu", i);
	}
}

Test(json_scalar, bad_strings_are_refused)
{
	expect_refused("\"a", "ends inside a string");
	expect_refused("\"", "ends inside a string");
	expect_refused("\"\\", "unknown escape");
	expect_refused("\"\\x41\"", "unknown escape");
	expect_refused("\"\\'\"", "unknown escape");
	expect_refused("\"\\u12\"", "four hex digits");
	expect_refused("\"\\u12g4\"", "four hex digits");
	expect_refused("\"\\u", "four hex digits");
	expect_refused("\"\\u-123\"", "four hex digits");
	expect_refused("\"\n\"", "control character");
	expect_refused("\"\x1f\"", "control character");
	expect_refused("\"\\u0000\"", "\\u0000");
	expect_refused("\"\\ud800\"", "surrogate");
	expect_refused("\"\\ude00\"", "surrogate");
	expect_refused("\"\\ud800\\u0041\"", "surrogate");
	expect_refused("\"\\ud800\\ud800\"", "surrogate");
	expect_refused("\"\\ud83d", "surrogate");
	expect_refused("\"\xff\"", "not UTF-8");
	expect_refused("\"\xc0\x80\"", "not UTF-8");
	expect_refused("\"\xed\xa0\x80\"", "not UTF-8");
	expect_refused("\"\xe2\x82", "not UTF-8");
}

Test(json_scalar, numbers_have_their_value)
{
	static const struct {
		const char *text;
		double value;
	} rows[] = {
		{"0", 0},
		{"-0", 0},
		{"-1", -1},
		{"10", 10},
		{"1.5", 1.5},
		{"0.1", 0.1},
		{"1e3", 1000},
		{"1E+3", 1000},
		{"12.5e-1", 1.25},
		{"0e0", 0},
		{"1e-400", 0},
		{"-1.25", -1.25},
		{"1.7976931348623157e308", DBL_MAX},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		KT_AUTO(kt_json_free) struct kt_json *v = parse(rows[i].text);
		cr_assert_eq(kt_json_get_f64(v, 42), rows[i].value, "%s", rows[i].text);
	}
}

Test(json_scalar, whole_numbers_are_exact)
{
	static const struct {
		const char *text;
		uint64_t value;
	} rows[] = {
		{"0", 0},
		{"18446744073709551615", UINT64_MAX},
		{"9007199254740993", 9007199254740993u},
		{"1e3", 1000},
		{"5.0", 5},
		{"-0", 0},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		KT_AUTO(kt_json_free) struct kt_json *v = parse(rows[i].text);
		cr_assert_eq(kt_json_get_u64(v, 42), rows[i].value, "%s", rows[i].text);
	}
}

Test(json_scalar, what_is_not_whole_or_too_large_gives_the_fallback)
{
	static const char *const others[] = {"-1", "1.5", "18446744073709551616", "1e20", "1e300",
		"-18446744073709551615", "0.1", "1e-3"};
	for (size_t i = 0; i < KT_ARRAY_LEN(others); i++) {
		KT_AUTO(kt_json_free) struct kt_json *v = parse(others[i]);
		cr_assert_eq(kt_json_get_u64(v, 42), 42, "%s", others[i]);
		cr_assert_neq(kt_json_get_f64(v, 42), 42, "%s", others[i]);
	}
}

Test(json_scalar, bad_numbers_are_refused)
{
	static const char *const bad[] = {"-", "+1", "01", "00", "1.", ".5", "1.e1", "1e", "1e+",
		"--1", "-a", "0x10", "1_000", "1,5", "-01", "1e5.5", "-.5", "1.5.5"};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++)
		expect_refused(bad[i], "JSON, line 1 column");
	expect_refused("1e999", "too large");
	expect_refused("-1e999", "too large");
}

Test(json_scalar, endless_numbers_are_refused)
{
	char text[2000];
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	expect_refused(text, "more than 511");
	text[1] = '.';
	expect_refused(text, "more than 511");
	text[511] = '\0';
	KT_AUTO(kt_json_free) struct kt_json *v = parse(text);
	cr_assert_float_eq(kt_json_get_f64(v, 0), 1.1111, 0.001);
}
