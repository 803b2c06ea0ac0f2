// SPDX-License-Identifier: GPL-2.0-only
/* The reader's structure, and hostile documents: refused, with the place, in bounded time. */
#include "base/json_read.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static int parse(const char *text, struct kt_json **ret, struct kt_err *err)
{
	return kt_json_parse(text, strlen(text), ret, err);
}

static void expect_refused(const char *text, int r, const char *why)
{
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	struct kt_err err = {0};
	cr_assert_eq(parse(text, &root, &err), r, "'%s': %s", text, err.text);
	cr_assert_null(root);
	cr_assert_not_null(strstr(err.text, why), "'%s': %s", text, err.text);
	cr_assert_neq(err.fix[0], '\0');
}

Test(json_read, a_document_becomes_a_tree)
{
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	struct kt_err err = {0};
	const char *text = " {\"a\": [1, {\"b\": null}, [], {}],\r\n\t\"c\" :\"d\",\"\":true} \n";
	cr_assert_eq(parse(text, &root, &err), 0, "%s", err.text);
	cr_assert_eq(kt_json_kind(root), KT_JSON_OBJECT);
	cr_assert_eq(kt_json_count(root), 3);
	const struct kt_json *a = kt_json_get(root, "a");
	cr_assert_eq(kt_json_kind(a), KT_JSON_ARRAY);
	cr_assert_eq(kt_json_count(a), 4);
	cr_assert_eq(kt_json_get_u64(kt_json_at(a, 0), 0), 1);
	cr_assert_not_null(kt_json_get(kt_json_at(a, 1), "b"));
	cr_assert_eq(kt_json_kind(kt_json_at(a, 2)), KT_JSON_ARRAY);
	cr_assert_eq(kt_json_kind(kt_json_at(a, 3)), KT_JSON_OBJECT);
	cr_assert_str_eq(kt_json_get_str(kt_json_get(root, "c"), "?"), "d");
	cr_assert(kt_json_get_bool(kt_json_get(root, ""), false));
}

Test(json_read, any_value_may_be_the_root)
{
	static const struct {
		const char *text;
		enum kt_json_kind kind;
	} rows[] = {
		{"null", KT_JSON_NULL},
		{"false", KT_JSON_BOOL},
		{"0", KT_JSON_NUMBER},
		{"\"\"", KT_JSON_STRING},
		{"[]", KT_JSON_ARRAY},
		{"{}", KT_JSON_OBJECT},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++) {
		KT_AUTO(kt_json_free) struct kt_json *root = NULL;
		cr_assert_eq(parse(rows[i].text, &root, NULL), 0, "%s", rows[i].text);
		cr_assert_eq(kt_json_kind(root), rows[i].kind);
	}
}

Test(json_read, what_is_not_json_is_refused)
{
	static const char *const bad[] = {
		"",
		" ",
		"[",
		"]",
		"{",
		"}",
		"[1,]",
		"[,1]",
		"[1 2]",
		"{,}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{1:1}",
		"{\"a\" 1}",
		"nul",
		"nulll",
		"True",
		"NaN",
		"Infinity",
		"'a'",
		"[1}",
		"{\"a\":1]",
		"1 2",
		"[] []",
		"//x\n1",
		"/**/1",
		"\xef\xbb\xbf{}",
		"[1]x",
		"undefined",
		"-",
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++)
		expect_refused(bad[i], -EINVAL, "JSON, line ");
}

Test(json_read, the_place_is_told_by_line_and_column)
{
	expect_refused("{\n  \"a\": x\n}", -EINVAL, "line 2 column 8: expected a value");
	expect_refused("[1,\n\n2 3]", -EINVAL, "line 3 column 3: expected ',' or ']'");
	expect_refused("[\"\xe2\x82\xac\" x]", -EINVAL, "line 1 column 6:");
	expect_refused("[1", -EINVAL, "line 1 column 3:");
	expect_refused("[", -EINVAL, "line 1 column 2: the text ends early");
	expect_refused("1\n2", -EINVAL, "line 2 column 1: something stands behind");
}

Test(json_read, a_key_may_stand_only_once)
{
	expect_refused(
		"{\"a\":1,\"b\":2,\n\"a\":3}", -EINVAL, "line 2 column 1: this key stands twice");
	expect_refused("[{\"x\":{\"k\":1,\"k\":1}}]", -EINVAL, "stands twice");
	expect_refused("{\"a\":1,\"\\u0061\":2}", -EINVAL, "stands twice");
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	cr_assert_eq(parse("{\"a\":{\"a\":1},\"A\":{\"a\":1}}", &root, NULL), 0);
}

Test(json_read, a_nul_byte_ends_nothing)
{
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	cr_assert_eq(kt_json_parse("1\0", 2, &root, NULL), -EINVAL);
	cr_assert_eq(kt_json_parse("\0", 1, &root, NULL), -EINVAL);
	cr_assert_eq(kt_json_parse("\"a\0\"", 4, &root, NULL), -EINVAL);
	cr_assert_eq(kt_json_parse("[\0]", 3, &root, NULL), -EINVAL);
	cr_assert_eq(kt_json_parse(NULL, 0, &root, NULL), -EINVAL);
}

/* COUNT times OPEN, INNER, COUNT times CLOSE. */
static char *nested(int count, const char *open, const char *inner, const char *close)
{
	struct kt_str s = {0};
	for (int i = 0; i < count; i++)
		kt_str_add(&s, open);
	kt_str_add(&s, inner);
	for (int i = 0; i < count; i++)
		kt_str_add(&s, close);
	return kt_str_take(&s);
}

Test(json_read, depth_is_bounded)
{
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	KT_AUTOFREE char *deep = nested(32, "[", "1", "]");
	cr_assert_eq(parse(deep, &root, NULL), 0);
	KT_AUTOFREE char *deeper = nested(33, "[", "", "]");
	expect_refused(deeper, -E2BIG, "column 33: nested deeper than 32");
	KT_AUTOFREE char *objects = nested(33, "{\"a\":", "1", "}");
	expect_refused(objects, -E2BIG, "nested deeper");
	KT_AUTOFREE char *unclosed = nested(1000000, "[", "", "");
	expect_refused(unclosed, -E2BIG, "nested deeper");
	KT_AUTO(kt_json_free) struct kt_json *wide = NULL;
	KT_AUTOFREE char *siblings = nested(100, "[[],", "[]", "]");
	cr_assert_eq(parse(siblings, &wide, NULL), -E2BIG);
	KT_AUTOFREE char *flat = nested(1, "[",
		"[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
		"[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]",
		"]");
	cr_assert_eq(parse(flat, &wide, NULL), 0, "closed ones do not count");
}

Test(json_read, nodes_are_bounded)
{
	struct kt_str s = {0};
	kt_str_add(&s, "[0");
	for (int i = 2; i < 1000000; i++)
		kt_str_add(&s, ",0");
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	kt_str_add(&s, "]");
	cr_assert_eq(kt_json_parse(s.text, s.len, &root, NULL), 0);
	cr_assert_eq(kt_json_count(root), 999999);
	kt_str_cut(&s, s.len - 1);
	kt_str_add(&s, ",0]");
	expect_refused(kt_str_get(&s), -E2BIG, "more than 1000000");
	kt_str_done(&s);
}

Test(json_read, many_members_are_checked_for_duplicates_in_time)
{
	struct kt_str s = {0};
	kt_str_add(&s, "{");
	for (int i = 0; i < 200000; i++)
		kt_str_addf(&s, "\"k%d\":0,", i);
	size_t len = s.len;
	kt_str_add(&s, "\"last\":1}");
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	cr_assert_eq(kt_json_parse(s.text, s.len, &root, NULL), 0);
	cr_assert_eq(kt_json_get_u64(kt_json_get(root, "last"), 0), 1);
	kt_str_cut(&s, len);
	kt_str_add(&s, "\"k77\":1}");
	expect_refused(kt_str_get(&s), -EINVAL, "stands twice");
	kt_str_done(&s);
}

Test(json_read, every_truncation_is_refused)
{
	const char *text =
		"{\"a\":[1.5e-3,true,null,\"\\u20ac\\n\xc3\xa9\",{\"b\":{}}],\"c\":false}";
	for (size_t n = 0; n < strlen(text); n++) {
		struct kt_json *root = NULL;
		/* A copy of exactly that size, so that reading past it is seen by ASan. */
		char *cut = malloc(n + !n);
		memcpy(cut, text, n);
		cr_assert_eq(kt_json_parse(cut, n, &root, NULL), -EINVAL, "%zu bytes", n);
		free(cut);
	}
}

Test(json_read, changed_bytes_never_crash)
{
	const char *text =
		"{\"a\":[1.5e-3,true,null,\"\\u20ac\\ud83d\\ude00\",{\"b\":{}}],\"c\":0}";
	char copy[100];
	size_t bytes = strlen(text);
	for (size_t i = 0; i < bytes; i++) {
		for (int c = 0; c < 256; c++) {
			KT_AUTO(kt_json_free) struct kt_json *root = NULL;
			memcpy(copy, text, bytes);
			copy[i] = (char)c;
			int r = kt_json_parse(copy, bytes, &root, NULL);
			cr_assert_eq(!r, root != NULL);
		}
	}
}
