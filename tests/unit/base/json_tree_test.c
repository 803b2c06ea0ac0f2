// SPDX-License-Identifier: GPL-2.0-only
/* Lookups never fail hard: what is missing or of another kind gives the fallback. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/json_read.h"

static struct kt_json *root;

static void read_document(void)
{
	const char *text =
		"{\"n\":1.5,\"s\":\"x\",\"b\":true,\"z\":null,\"a\":[7,8],\"o\":{\"k\":2}}";
	cr_assert_eq(kt_json_parse(text, strlen(text), &root, NULL), 0);
}

static void free_document(void)
{
	kt_json_free(root);
	root = NULL;
}

TestSuite(json_tree, .init = read_document, .fini = free_document);

Test(json_tree, members_keep_their_order)
{
	static const char *const keys[] = {"n", "s", "b", "z", "a", "o"};
	cr_assert_eq(kt_json_count(root), 6);
	for (size_t i = 0; i < 6; i++) {
		cr_assert_str_eq(kt_json_key_at(root, i), keys[i]);
		cr_assert_eq(kt_json_at(root, i), kt_json_get(root, keys[i]));
	}
	cr_assert_null(kt_json_at(root, 6));
	cr_assert_null(kt_json_key_at(root, 6));
}

Test(json_tree, elements_have_no_key)
{
	const struct kt_json *a = kt_json_get(root, "a");
	cr_assert_eq(kt_json_count(a), 2);
	cr_assert_null(kt_json_key_at(a, 0));
	cr_assert_eq(kt_json_get_u64(kt_json_at(a, 1), 0), 8);
	cr_assert_null(kt_json_at(a, SIZE_MAX));
}

Test(json_tree, lookups_go_through_what_is_missing)
{
	cr_assert_null(kt_json_get(root, "none"));
	cr_assert_null(kt_json_get(NULL, "x"));
	cr_assert_null(kt_json_get(kt_json_get(root, "a"), "k"), "arrays have no members");
	cr_assert_null(kt_json_get(kt_json_get(root, "none"), "k"));
	cr_assert_null(kt_json_at(NULL, 0));
	cr_assert_null(kt_json_at(kt_json_get(root, "s"), 0));
	cr_assert_eq(kt_json_count(NULL), 0);
	cr_assert_eq(kt_json_count(kt_json_get(root, "s")), 0);
	cr_assert_eq(kt_json_kind(NULL), KT_JSON_NULL);
	cr_assert_eq(kt_json_get_u64(kt_json_get(kt_json_get(root, "o"), "k"), 0), 2);
}

Test(json_tree, another_kind_gives_the_fallback)
{
	const struct kt_json *n = kt_json_get(root, "n"), *s = kt_json_get(root, "s");
	const struct kt_json *b = kt_json_get(root, "b"), *z = kt_json_get(root, "z");
	cr_assert_str_eq(kt_json_get_str(n, "f"), "f");
	cr_assert_str_eq(kt_json_get_str(s, "f"), "x");
	cr_assert_null(kt_json_get_str(NULL, NULL));
	cr_assert_eq(kt_json_get_f64(n, 9), 1.5);
	cr_assert_eq(kt_json_get_f64(s, 9), 9);
	cr_assert_eq(kt_json_get_f64(b, 9), 9);
	cr_assert_eq(kt_json_get_u64(s, 9), 9);
	cr_assert_eq(kt_json_get_u64(z, 9), 9);
	cr_assert_eq(kt_json_get_bool(b, false), true);
	cr_assert_eq(kt_json_get_bool(n, false), false);
	cr_assert_eq(kt_json_get_bool(z, true), true);
	cr_assert_eq(kt_json_get_bool(NULL, true), true);
}

Test(json_tree, nothing_may_be_freed)
{
	kt_json_free(NULL);
}
