// SPDX-License-Identifier: GPL-2.0-only
#include "scenario/names_payload.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

static struct kt_names names;

static void done(void)
{
	kt_names_done(&names);
}

TestSuite(names_payload, .fini = done);

static void add(const char *name, const char *cgroup, bool persistent)
{
	cr_assert_eq(kt_names_payload_add(&names, name, cgroup, persistent, "me", NULL), 0);
}

Test(names_payload, a_name_is_known_by_its_cgroup)
{
	add("x", "a", false);
	add("x", "", false);
	cr_assert_str_eq(kt_names_payload_find(&names, "x", "a")->cgroup, "a");
	cr_assert_str_eq(kt_names_payload_find(&names, "x", "")->cgroup, "");
	cr_assert_null(kt_names_payload_find(&names, "x", "b"));
	cr_assert(kt_names_payload_in(&names, "a"));
	cr_assert(!kt_names_payload_in(&names, "b"));
}

Test(names_payload, a_lifetime_or_a_cgroup_ends_together)
{
	add("x", "a", false);
	add("y", "a", true);
	add("z", "b", true);
	kt_names_payload_end_all(&names, NULL, false, "end");
	cr_assert_null(kt_names_payload_find(&names, "x", NULL));
	cr_assert_not_null(kt_names_payload_find(&names, "y", NULL));
	kt_names_payload_end_all(&names, "a", false, "end");
	cr_assert_null(kt_names_payload_find(&names, "y", NULL));
	cr_assert_not_null(kt_names_payload_find(&names, "z", NULL));
}

Test(names_payload, of_those_that_are_over_only_the_latest_is_kept)
{
	for (unsigned i = 0; i < 100; i++) {
		add("x", "a", false);
		kt_names_payload_end(kt_names_payload_find(&names, "x", "a"), "end");
	}
	cr_assert_eq(names.payloads.count, 1);
}

Test(names_payload, a_copy_has_them_too)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names copy = {0};
	add("x", "a", false);
	cr_assert_eq(kt_names_copy(&names, &copy, NULL), 0);
	cr_assert_not_null(kt_names_payload_find(&copy, "x", "a"));
}

Test(names_payload, an_error_lists_at_most_some_of_what_runs)
{
	struct kt_err err = {0};
	struct kt_name_payload *ret = NULL;
	const struct kt_payload_key key = {.name = "none"};
	for (unsigned i = 0; i < 20; i++) {
		char cgroup[8];
		snprintf(cgroup, sizeof(cgroup), "c%u", i);
		add("x", cgroup, false);
	}
	cr_assert_eq(kt_names_payload_pick(&names, "wait_payload", &key, &ret, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, "x in cgroup 'c0', x in cgroup 'c1'"));
	cr_assert_not_null(strstr(err.text, " and 4 more"));
}
