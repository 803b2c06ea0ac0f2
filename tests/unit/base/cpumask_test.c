// SPDX-License-Identifier: GPL-2.0-only
/* Sets and their list form, with what the bitmask library alone would get wrong. */
#include "base/cpumask.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct kt_cpus set(const char *list)
{
	struct kt_cpus s;
	struct kt_err err = {0};
	cr_assert_eq(kt_cpus_parse(list, &s, &err), 0, "%s", err.text);
	return s;
}

static void expect_list(const struct kt_cpus *s, const char *expected)
{
	KT_AUTOFREE char *text = kt_cpus_text(s);
	cr_assert_str_eq(text, expected);
}

static void expect_text(const char *list, const char *expected)
{
	struct kt_cpus s = set(list);
	expect_list(&s, expected);
}

Test(cpumask, zero_bytes_are_the_empty_set)
{
	struct kt_cpus s = {0};
	cr_assert_eq(kt_cpus_count(&s), 0);
	cr_assert_eq(kt_cpus_next(&s, 0), -1);
	cr_assert_eq(kt_cpus_nth(&s, 0), -1);
	expect_list(&s, "");
}

Test(cpumask, members_come_and_go)
{
	struct kt_cpus s = {0};
	kt_cpus_add(&s, 0);
	kt_cpus_add(&s, 63);
	kt_cpus_add(&s, 64);
	kt_cpus_add(&s, 1023);
	cr_assert(kt_cpus_has(&s, 63) && kt_cpus_has(&s, 64) && kt_cpus_has(&s, 1023));
	cr_assert_not(kt_cpus_has(&s, 65));
	cr_assert_eq(kt_cpus_count(&s), 4);
	kt_cpus_remove(&s, 63);
	kt_cpus_remove(&s, 63);
	cr_assert_eq(kt_cpus_count(&s), 3);
	expect_list(&s, "0,64,1023");
}

Test(cpumask, numbers_out_of_range_touch_nothing)
{
	struct kt_cpus s = set("5");
	kt_cpus_add(&s, 1024);
	kt_cpus_add(&s, 0xffffffff);
	kt_cpus_remove(&s, 1024 + 5);
	cr_assert_not(kt_cpus_has(&s, 1024));
	cr_assert_not(kt_cpus_has(&s, 0xffffffff));
	expect_list(&s, "5");
}

Test(cpumask, parse_accepts_the_empty_list)
{
	static const char *const empty[] = {"", "\n", " ", " \t\r\n"};
	for (size_t i = 0; i < KT_ARRAY_LEN(empty); i++) {
		struct kt_cpus s = {{~0ul}};
		cr_assert_eq(kt_cpus_parse(empty[i], &s, NULL), 0);
		cr_assert_eq(kt_cpus_count(&s), 0);
	}
}

Test(cpumask, lists_print_in_their_shortest_form)
{
	expect_text("0", "0");
	expect_text("0-3,8\n", "0-3,8");
	expect_text("  8,0-3 ", "0-3,8");
	expect_text("1,2,3", "1-3");
	expect_text("0-5,3-9", "0-9");
	expect_text("7,7,7", "7");
	expect_text("0-1023", "0-1023");
	expect_text("1023", "1023");
	expect_text("00,001-002", "0-2");
}

Test(cpumask, malformed_lists_are_refused)
{
	static const char *const bad[] = {
		",",
		"1,",
		",1",
		"1,,2",
		"1-",
		"-1",
		"3-1",
		"a",
		"1 2",
		"1 ,2",
		"0x3",
		"1-2-3",
		"0-7:2",
		"0-31:0",
		"1;2",
		"+1",
		"1.5",
		"all",
		"0-3\n4",
		"--",
		"0-3:1/2",
		"%s%n",
		"\xff",
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++) {
		struct kt_cpus s = set("42");
		struct kt_err err = {0};
		cr_assert_eq(kt_cpus_parse(bad[i], &s, &err), -EINVAL, "'%s'", bad[i]);
		cr_assert_not_null(strstr(err.text, bad[i]));
		cr_assert(kt_cpus_has(&s, 42), "'%s' wrote its output", bad[i]);
	}
}

Test(cpumask, numbers_too_large_do_not_wrap)
{
	static const char *const bad[] = {
		"1024",
		"0-1024",
		"4294967296",
		"4294967297",
		"18446744073709551617",
		"0,1,99999999999999999999999999999999",
		"1024-1030",
		"4294967296-4294967299",
		"4294967299-5000000000",
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++) {
		struct kt_cpus s = set("42");
		struct kt_err err = {0};
		cr_assert_eq(kt_cpus_parse(bad[i], &s, &err), -ERANGE, "'%s'", bad[i]);
		cr_assert_neq(err.fix[0], '\0');
		cr_assert(kt_cpus_has(&s, 42));
	}
}

Test(cpumask, the_longest_list_is_printed_whole)
{
	struct kt_cpus s = {0};
	for (unsigned cpu = 1; cpu < KT_CPUS_MAX; cpu += 2)
		kt_cpus_add(&s, cpu);
	KT_AUTOFREE char *text = kt_cpus_text(&s);
	struct kt_cpus back = set(text);
	cr_assert(kt_cpus_equal(&s, &back));
	cr_assert_str_eq(text + strlen(text) - 10, ",1021,1023");
}

Test(cpumask, random_sets_survive_print_and_parse)
{
	uint64_t seed = 1;
	for (int round = 0; round < 200; round++) {
		struct kt_cpus s = {0};
		for (unsigned cpu = 0; cpu < KT_CPUS_MAX; cpu++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			if (seed >> 62 <= (uint64_t)(round % 4))
				kt_cpus_add(&s, cpu);
		}
		KT_AUTOFREE char *text = kt_cpus_text(&s);
		struct kt_cpus back = set(text);
		cr_assert(kt_cpus_equal(&s, &back), "%s", text);
	}
}

Test(cpumask, set_algebra)
{
	struct kt_cpus a = set("0-7,100"), b = set("4-11,1000");
	struct kt_cpus both = kt_cpus_and(&a, &b);
	struct kt_cpus only = kt_cpus_minus(&a, &b), none = {0};
	expect_list(&both, "4-7");
	expect_list(&only, "0-3,100");
	struct kt_cpus all = kt_cpus_or(&a, &b);
	expect_list(&all, "0-11,100,1000");
	cr_assert(kt_cpus_subset(&both, &a) && kt_cpus_subset(&both, &b));
	cr_assert(kt_cpus_subset(&none, &a) && kt_cpus_subset(&a, &a));
	cr_assert_not(kt_cpus_subset(&a, &b));
	cr_assert(kt_cpus_equal(&a, &a));
	cr_assert_not(kt_cpus_equal(&a, &b));
}

Test(cpumask, ranges_are_inclusive_and_clipped)
{
	struct kt_cpus s = kt_cpus_range(62, 65);
	expect_list(&s, "62-65");
	s = kt_cpus_range(3, 3);
	expect_list(&s, "3");
	s = kt_cpus_range(1022, 0xffffffff);
	expect_list(&s, "1022-1023");
	s = kt_cpus_range(4, 3);
	expect_list(&s, "");
}

Test(cpumask, next_visits_all_in_order)
{
	struct kt_cpus s = set("0,5,63-64,127,1023");
	static const int expected[] = {0, 5, 63, 64, 127, 1023};
	unsigned n = 0;
	for (int cpu = kt_cpus_next(&s, 0); cpu >= 0; cpu = kt_cpus_next(&s, cpu + 1), n++) {
		cr_assert_lt(n, KT_ARRAY_LEN(expected));
		cr_assert_eq(cpu, expected[n]);
		cr_assert_eq(kt_cpus_nth(&s, n), cpu);
	}
	cr_assert_eq(n, KT_ARRAY_LEN(expected));
	cr_assert_eq(kt_cpus_nth(&s, n), -1);
	cr_assert_eq(kt_cpus_next(&s, 1024), -1);
	cr_assert_eq(kt_cpus_next(&s, -5), 0);
}
