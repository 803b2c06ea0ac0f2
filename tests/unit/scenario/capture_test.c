// SPDX-License-Identifier: GPL-2.0-only
/* What is kept under a tag. */
#include "scenario/capture.h"

#include <criterion/criterion.h>
#include <string.h>

static struct kt_captures c;

static void done(void)
{
	kt_captures_done(&c);
}

TestSuite(capture, .fini = done);

static void add(char *tag, pid_t pid)
{
	struct kt_err err = {0};
	struct kt_capture item = {
		.tag = tag, .cgroup = "a", .pids = calloc(1, sizeof(pid_t)), .count = 1};
	item.pids[0] = pid;
	cr_assert_eq(kt_captures_add(&c, &item, &err), 0, "%s", err.text);
	cr_assert_null(item.pids);
}

Test(capture, the_first_of_a_tag_is_found)
{
	char tag[] = "t";
	add(tag, 5);
	add(tag, 6);
	add("other", 7);
	tag[0] = 'x'; /* kept as a copy */
	cr_assert_eq(kt_captures_find(&c, "t")->pids[0], 5);
	cr_assert_eq(kt_captures_find(&c, "other")->pids[0], 7);
	cr_assert_null(kt_captures_find(&c, "none"));
}

Test(capture, a_long_list_is_cut_with_the_count_of_the_rest)
{
	static pid_t pids[KT_CAPTURE_SHOWN + 3];
	struct kt_capture item = {.pids = pids, .count = 2};
	pids[0] = 4;
	pids[1] = 5;
	char *text = kt_capture_text(&item);
	cr_assert_str_eq(text, "4,5");
	free(text);
	item.count = KT_CAPTURE_SHOWN + 3;
	text = kt_capture_text(&item);
	cr_assert_not_null(strstr(text, " and 3 more"));
	free(text);
	item.count = 0;
	text = kt_capture_text(&item);
	cr_assert_str_eq(text, "");
	free(text);
}
