// SPDX-License-Identifier: GPL-2.0-only
/* Known values, independence of how the bytes are cut, and what must differ. */
#include "base/hash.h"

#include <criterion/criterion.h>
#include <string.h>

#include "unit/tmpdir.h"

TestSuite(hash, .init = tmpdir_make, .fini = tmpdir_remove);

Test(hash, values_are_those_of_xxh3)
{
	char text[KT_HASH_TEXT_BYTES];
	cr_assert_eq(kt_hash64("", 0), 0x2d06800538d394c2ull);
	KT_AUTO(kt_hash_free) struct kt_hash *h = kt_hash_new();
	kt_hash_text(h, text);
	cr_assert_str_eq(text, "99aa06d3014798d86001c324468d497f");
}

Test(hash, one_bit_changes_the_value)
{
	cr_assert_eq(kt_hash64("abc", 3), kt_hash64("abc", 3));
	cr_assert_neq(kt_hash64("abc", 3), kt_hash64("abb", 3));
	cr_assert_neq(kt_hash64("abc", 3), kt_hash64("abc", 4));
}

static void text_of_parts(const char *a, const char *b, bool as_strings, char *out)
{
	KT_AUTO(kt_hash_free) struct kt_hash *h = kt_hash_new();
	const char *parts[] = {a, b};
	for (int i = 0; i < 2; i++) {
		if (as_strings)
			kt_hash_add_str(h, parts[i]);
		else
			kt_hash_add(h, parts[i], strlen(parts[i]));
	}
	kt_hash_text(h, out);
}

Test(hash, bytes_may_come_in_any_pieces_but_strings_keep_their_ends)
{
	char x[KT_HASH_TEXT_BYTES], y[KT_HASH_TEXT_BYTES];
	text_of_parts("a", "bc", false, x);
	text_of_parts("ab", "c", false, y);
	cr_assert_str_eq(x, y);
	text_of_parts("a", "bc", true, x);
	text_of_parts("ab", "c", true, y);
	cr_assert_str_neq(x, y);
	text_of_parts("", "a", true, x);
	text_of_parts("a", "", true, y);
	cr_assert_str_neq(x, y);
}

Test(hash, asking_for_the_text_does_not_end_it)
{
	char x[KT_HASH_TEXT_BYTES], y[KT_HASH_TEXT_BYTES];
	KT_AUTO(kt_hash_free) struct kt_hash *h = kt_hash_new();
	kt_hash_add(h, "a", 1);
	kt_hash_text(h, x);
	kt_hash_text(h, y);
	cr_assert_str_eq(x, y);
	kt_hash_add(h, "b", 1);
	kt_hash_text(h, x);
	text_of_parts("ab", "", false, y);
	cr_assert_str_eq(x, y);
}

Test(hash, a_file_is_hashed_as_its_bytes)
{
	static char big[200000];
	char x[KT_HASH_TEXT_BYTES], y[KT_HASH_TEXT_BYTES];
	memset(big, 'z', sizeof(big) - 1);
	put_file("f", big);
	cr_assert_eq(kt_hash_file(in_tmp("f"), x, NULL), 0);
	text_of_parts(big, "", false, y);
	cr_assert_str_eq(x, y);
	cr_assert_eq(strlen(x), 32);
}

Test(hash, unreadable_files_are_named)
{
	char text[KT_HASH_TEXT_BYTES] = "untouched";
	struct kt_err err = {0};
	cr_assert_eq(kt_hash_file(in_tmp("none"), text, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, in_tmp("none")));
	cr_assert_eq(kt_hash_file(tmpdir, text, &err), -EISDIR);
	cr_assert_str_eq(text, "untouched");
	kt_hash_free(NULL);
}
