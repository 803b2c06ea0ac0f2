// SPDX-License-Identifier: GPL-2.0-only
/* The end of a stream, kept and shown as lines. */
#include "softkvm/tail.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text_of(const struct kt_softkvm_tail *t, unsigned lines, size_t bytes)
{
	struct kt_str s = {0};
	kt_softkvm_tail_text(t, lines, bytes, &s);
	return s.text ? kt_str_take(&s) : strdup("");
}

static void expect_text(
	const struct kt_softkvm_tail *t, unsigned lines, size_t bytes, const char *expected)
{
	char *text = text_of(t, lines, bytes);
	cr_expect_str_eq(text, expected);
	free(text);
}

Test(softkvm_tail, the_last_lines_are_shown)
{
	struct kt_softkvm_tail t = {0};
	kt_softkvm_tail_add(&t, "one\r\ntwo\r\nthree\r\n", 17);
	expect_text(&t, 2, 100, "two\nthree");
	expect_text(&t, 9, 100, "one\ntwo\nthree");
	expect_text(&t, 9, 4, "hree");
}

Test(softkvm_tail, control_characters_do_not_reach_the_reader)
{
	struct kt_softkvm_tail t = {0};
	kt_softkvm_tail_add(&t, "a\033[2Jb\0c", 8);
	expect_text(&t, 1, 100, "a[2Jbc");
}

Test(softkvm_tail, nothing_said_is_no_text)
{
	struct kt_softkvm_tail t = {0};
	expect_text(&t, 5, 100, "");
	kt_softkvm_tail_add(&t, "\n\n", 2);
	expect_text(&t, 5, 100, "");
}

Test(softkvm_tail, old_bytes_make_room_for_new_ones)
{
	struct kt_softkvm_tail t = {0};
	char line[32];
	for (int i = 0; i < 5000; i++) {
		int n = snprintf(line, sizeof(line), "line %d\n", i);
		kt_softkvm_tail_add(&t, line, (size_t)n);
	}
	cr_expect_eq(t.len, (size_t)KT_SOFTKVM_TAIL_BYTES);
	expect_text(&t, 1, 100, "line 4999");

	char *big = malloc(KT_SOFTKVM_TAIL_BYTES * 2);
	memset(big, 'x', KT_SOFTKVM_TAIL_BYTES * 2);
	big[KT_SOFTKVM_TAIL_BYTES * 2 - 1] = 'y';
	kt_softkvm_tail_add(&t, big, KT_SOFTKVM_TAIL_BYTES * 2);
	expect_text(&t, 1, 2, "xy");
	free(big);
}

Test(softkvm_tail, a_panic_further_up_is_shown_from_its_reason_on)
{
	struct kt_softkvm_tail t = {0};
	static const char text[] = "a\n[1] Kernel panic - not syncing: why\nb\nc\nd\n";
	kt_softkvm_tail_add(&t, text, sizeof(text) - 1);
	expect_text(&t, 2, 100, "[1] Kernel panic - not syncing: why\nb\nc\nd");
	expect_text(&t, 2, 16, "[1] Kernel panic");
}
