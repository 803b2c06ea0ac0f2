// SPDX-License-Identifier: GPL-2.0-only
/* The builder, strict numbers and durations, globs, nearest names, UTF-8. */
#include "base/str.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

Test(str, zero_bytes_are_an_empty_text)
{
	struct kt_str s = {0};
	cr_assert_str_eq(kt_str_get(&s), "");
	kt_str_cut(&s, 0);
	kt_str_add(&s, "");
	cr_assert_eq(s.len, 0);
	kt_str_done(&s);
}

Test(str, appends_keep_order_and_length)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	kt_str_add(&s, "ab");
	kt_str_add_bytes(&s, "c\0d", 3);
	kt_str_addf(&s, "%s-%d", "e", 5);
	cr_assert_eq(s.len, 8);
	cr_assert_eq(memcmp(s.text, "abc\0de-5", 9), 0);
	cr_assert_not(s.failed);
}

Test(str, grows_past_any_first_size)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	for (int i = 0; i < 10000; i++)
		kt_str_addf(&s, "%04d", i);
	cr_assert_eq(s.len, 40000);
	cr_assert_eq(memcmp(s.text + 4 * 9999, "9999", 5), 0);
}

Test(str, cut_shortens_and_never_lengthens)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	kt_str_add(&s, "hello");
	kt_str_cut(&s, 9);
	cr_assert_str_eq(kt_str_get(&s), "hello");
	kt_str_cut(&s, 2);
	cr_assert_str_eq(kt_str_get(&s), "he");
	kt_str_add(&s, "y");
	cr_assert_str_eq(kt_str_get(&s), "hey");
}

Test(str, take_moves_the_text_out)
{
	struct kt_str s = {0};
	kt_str_add(&s, "x");
	KT_AUTOFREE char *text = kt_str_take(&s);
	cr_assert_str_eq(text, "x");
	cr_assert_eq(s.len, 0);
	cr_assert_null(s.text);
	KT_AUTOFREE char *empty = kt_str_take(&s);
	cr_assert_str_eq(empty, "");
}

Test(str, running_out_of_memory_is_remembered)
{
	struct kt_str s = {0};
	kt_str_add(&s, "kept");
	kt_str_add_bytes(&s, "x", SIZE_MAX - 2);
	cr_assert(s.failed);
	kt_str_add(&s, "not added");
	cr_assert_str_eq(kt_str_get(&s), "kept");
	cr_assert_null(kt_str_take(&s));
	cr_assert_not(s.failed, "empty again after take");
}

Test(str, strf_makes_fresh_text)
{
	KT_AUTOFREE char *text = kt_strf("%s/%d", "a", 1);
	cr_assert_str_eq(text, "a/1");
}

static int parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	return kt_parse_u64(text, min, max, "--n", ret, NULL);
}

Test(str, whole_numbers_within_the_bounds)
{
	uint64_t v = 1;
	cr_assert_eq(parse("0", 0, 10, &v), 0);
	cr_assert_eq(v, 0);
	cr_assert_eq(parse("007", 0, 10, &v), 0);
	cr_assert_eq(v, 7);
	cr_assert_eq(parse("18446744073709551615", 0, UINT64_MAX, &v), 0);
	cr_assert_eq(v, UINT64_MAX);
}

Test(str, what_is_no_whole_number_is_refused)
{
	static const char *const bad[] = {
		"", " 1", "1 ", "+1", "-1", "1k", "0x10", "1.0", "1e3", "one", "\n", "1\n"};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++) {
		uint64_t v = 42;
		cr_assert_eq(parse(bad[i], 0, UINT64_MAX, &v), -EINVAL, "'%s'", bad[i]);
		cr_assert_eq(v, 42, "'%s' wrote its output", bad[i]);
	}
}

Test(str, numbers_out_of_range_are_told_apart)
{
	uint64_t v = 42;
	cr_assert_eq(parse("11", 1, 10, &v), -ERANGE);
	cr_assert_eq(parse("0", 1, 10, &v), -ERANGE);
	cr_assert_eq(parse("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
	cr_assert_eq(parse("99999999999999999999999999", 0, UINT64_MAX, &v), -ERANGE);
	cr_assert_eq(v, 42);
}

Test(str, a_bad_number_names_its_option_and_its_bounds)
{
	struct kt_err err = {0};
	uint64_t v;
	cr_assert_eq(kt_parse_u64("x", 1, 64, "--jobs", &v, &err), -EINVAL);
	cr_assert_str_eq(err.text, "--jobs: 'x' is not a whole number");
	cr_assert_str_eq(err.fix, "give --jobs a whole number from 1 to 64");
	cr_assert_eq(kt_parse_u64("65", 1, 64, "--jobs", &v, &err), -ERANGE);
	cr_assert_str_eq(err.text, "--jobs: 65 is out of range");
}

Test(str, durations_in_their_units)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} good[] = {
		{"250ms", 250},
		{"12s", 12000},
		{"12", 12000},
		{"1.5s", 1500},
		{"2m", 120000},
		{"0.1m", 6000},
		{"0.001", 1},
		{"1ms", 1},
		{"1.0ms", 1},
		{"1440m", 86400000},
		{"86400", 86400000},
		{"0.5m", 30000},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(good); i++) {
		uint64_t ms = 0;
		cr_assert_eq(kt_parse_duration_ms(good[i].text, "d", &ms, NULL), 0, "'%s'",
			good[i].text);
		cr_assert_eq(
			ms, good[i].ms, "'%s' gave %llu", good[i].text, (unsigned long long)ms);
	}
}

Test(str, bad_durations_are_refused)
{
	static const struct {
		const char *text;
		int r;
	} bad[] = {
		{"", -EINVAL},
		{"s", -EINVAL},
		{"1x", -EINVAL},
		{"1 s", -EINVAL},
		{"-1s", -EINVAL},
		{".5s", -EINVAL},
		{"1.s", -EINVAL},
		{"1.5.5s", -EINVAL},
		{"1sms", -EINVAL},
		{"1.5ms", -EINVAL},
		{"0.0001s", -EINVAL},
		{"1.0000000001s", -EINVAL},
		{"0", -ERANGE},
		{"0ms", -ERANGE},
		{"1441m", -ERANGE},
		{"86400.001", -ERANGE},
		{"999999999999999999999999m", -ERANGE},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++) {
		uint64_t ms = 42;
		cr_assert_eq(kt_parse_duration_ms(bad[i].text, "d", &ms, NULL), bad[i].r, "'%s'",
			bad[i].text);
		cr_assert_eq(ms, 42);
	}
}

Test(str, globs_match_the_whole_name)
{
	static const struct {
		const char *glob, *name;
		bool matches;
	} rows[] = {
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b/c", true},
		{"a*", "abc", true},
		{"a*", "ba", false},
		{"*c", "abc", true},
		{"*b", "abc", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"?", "/", true},
		{"a*b*c", "a/xb/yc", true},
		{"a*b*c", "a/xc", false},
		{"*aab", "aaaab", true},
		{"**", "x", true},
		{"a", "A", false},
		{"[a]", "a", false},
		{"[a]", "[a]", true},
		{"a*", "a", true},
		{"?*", "", false},
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(rows); i++)
		cr_assert_eq(kt_glob_match(rows[i].glob, rows[i].name), rows[i].matches, "%s ~ %s",
			rows[i].glob, rows[i].name);
}

Test(str, a_hostile_glob_ends_soon)
{
	char glob[200] = "", name[5001];
	for (int i = 0; i < 60; i++)
		strcat(glob, "*a");
	strcat(glob, "b");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cr_assert_not(kt_glob_match(glob, name));
}

static const char *nearest(const char *name)
{
	static const char *const names[] = {"add_cgroup", "set_cpuset", "spawn", "run"};
	return kt_nearest(name, names, KT_ARRAY_LEN(names));
}

Test(str, a_slip_of_the_pen_finds_its_name)
{
	cr_assert_str_eq(nearest("add_cgruop"), "add_cgroup");
	cr_assert_str_eq(nearest("setcpuset"), "set_cpuset");
	cr_assert_str_eq(nearest("spwan"), "spawn");
	cr_assert_str_eq(nearest("spawn"), "spawn");
	cr_assert_str_eq(nearest("rum"), "run");
}

Test(str, a_long_name_may_differ_by_a_third)
{
	cr_assert_str_eq(nearest("add_gruop"), "add_cgroup");
	cr_assert_null(nearest("completely_else"));
}

Test(str, what_shares_nothing_is_not_suggested)
{
	cr_assert_null(nearest(""));
	cr_assert_null(nearest("x"));
	cr_assert_null(nearest("zz"));
	cr_assert_null(kt_nearest("run", NULL, 0));
}

Test(str, endless_names_get_no_suggestion)
{
	char name[1000];
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	const char *const names[] = {name};
	cr_assert_null(nearest(name));
	cr_assert_null(kt_nearest("aaaa", names, 1));
}

Test(str, starts_and_ends)
{
	cr_assert(kt_starts_with("abc", "ab"));
	cr_assert(kt_starts_with("abc", ""));
	cr_assert_not(kt_starts_with("ab", "abc"));
	cr_assert(kt_ends_with("abc", "bc"));
	cr_assert(kt_ends_with("abc", ""));
	cr_assert_not(kt_ends_with("bc", "abc"));
}

Test(str, utf8_lengths_of_good_sequences)
{
	cr_assert_eq(kt_utf8_len("a", 1), 1);
	cr_assert_eq(kt_utf8_len("\xc3\xa9", 2), 2);
	cr_assert_eq(kt_utf8_len("\xe2\x82\xac", 3), 3);
	cr_assert_eq(kt_utf8_len("\xf0\x9f\x98\x80", 4), 4);
	cr_assert_eq(kt_utf8_len("\xf4\x8f\xbf\xbf", 4), 4);
}

Test(str, bad_utf8_has_no_length)
{
	static const char *const bad[] = {
		"\x80",		    /* continuation alone */
		"\xc3",		    /* cut off */
		"\xc3\x28",	    /* no continuation */
		"\xc0\x80",	    /* overlong NUL */
		"\xe0\x9f\xbf",	    /* overlong */
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",	    /* surrogate */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xf5\x80\x80\x80",
		"\xe2\x82",
		"\xff",
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++)
		cr_assert_eq(kt_utf8_len(bad[i], strlen(bad[i])), 0, "row %zu", i);
	cr_assert_eq(kt_utf8_len("a", 0), 0);
}

Test(str, a_size_is_in_mib_unless_it_says_g)
{
	uint64_t mib = 0;
	cr_assert_eq(kt_parse_mib("512", 1, 4096, "--memory", &mib, NULL), 0);
	cr_assert_eq(mib, 512);
	cr_assert_eq(kt_parse_mib("512M", 1, 4096, "--memory", &mib, NULL), 0);
	cr_assert_eq(mib, 512);
	cr_assert_eq(kt_parse_mib("2GiB", 1, 4096, "--memory", &mib, NULL), 0);
	cr_assert_eq(mib, 2048);
}

Test(str, a_size_has_a_range_and_a_known_unit)
{
	struct kt_err err = {0};
	uint64_t mib = 7;
	cr_assert_eq(kt_parse_mib("5G", 1, 4096, "--memory", &mib, &err), -ERANGE);
	cr_assert_eq(
		kt_parse_mib("99999999999999999999G", 1, 4096, "--memory", &mib, &err), -ERANGE);
	cr_assert_eq(kt_parse_mib("5k", 1, 4096, "--memory", &mib, &err), -EINVAL);
	cr_assert_eq(kt_parse_mib("M", 1, 4096, "--memory", &mib, &err), -EINVAL);
	cr_assert_eq(mib, 7);
}
