// SPDX-License-Identifier: GPL-2.0-only
/* Names: their syntax, their lifetimes, nesting and the CPUs that follow from it. */
#include "scenario/names.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void refuse(const char *name, const char *why)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_names_check_syntax(name, &err), -EINVAL, "'%s' was accepted", name);
	cr_assert_not_null(strstr(err.text, why), "text is '%s'", err.text);
	cr_assert_not_null(strstr(err.fix, "relative name"));
}

static void add(struct kt_names *n, const char *name, bool persistent)
{
	cr_assert_eq(kt_names_add(n, name, persistent, "the test", NULL), 0);
}

static void confine(struct kt_names *n, const char *name, unsigned first, unsigned last)
{
	struct kt_name *entry = kt_names_find(n, name);
	entry->confined = true;
	entry->cpus = kt_cpus_range(first, last);
}

Test(names, plain_and_nested_names_are_accepted)
{
	cr_assert_eq(kt_names_check_syntax("a", NULL), 0);
	cr_assert_eq(kt_names_check_syntax("Left_1.x-y/inner/..x", NULL), 0);
}

Test(names, an_empty_name_is_refused)
{
	refuse("", "is empty");
	refuse(NULL, "is empty");
}

Test(names, a_name_that_leads_out_of_the_scenario_is_refused)
{
	refuse("..", "'..'");
	refuse("a/../b", "'..'");
	refuse("a/..", "'..'");
	refuse("/a", "begins with '/'");
}

Test(names, a_name_with_an_empty_or_dot_part_is_refused)
{
	refuse("a//b", "empty part");
	refuse("a/", "empty part");
	refuse("./a", "part '.'");
}

Test(names, bytes_outside_the_alphabet_are_refused)
{
	refuse("a b", "no letter");
	refuse("a\nb", "no letter");
	refuse("\xc3\xa4", "no letter");
	refuse("a:b", "no letter");
}

Test(names, 127_bytes_fit_and_128_do_not)
{
	char name[129];
	memset(name, 'x', sizeof(name));
	name[127] = '\0';
	cr_assert_eq(kt_names_check_syntax(name, NULL), 0);
	name[127] = 'x';
	name[128] = '\0';
	refuse(name, "127 bytes");
}

Test(names, a_name_like_a_kernel_file_is_refused)
{
	refuse("cgroup.procs", "file of the kernel");
	refuse("a/cpuset.cpus", "file of the kernel");
}

Test(names, within_respects_the_boundaries_of_parts)
{
	cr_assert(kt_names_within("a", "a"));
	cr_assert(kt_names_within("a/b", "a"));
	cr_assert_not(kt_names_within("ab", "a"));
	cr_assert_not(kt_names_within("a", "a/b"));
}

Test(names, a_name_is_found_until_it_ends_and_then_says_how)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0};
	add(&n, "a", false);
	cr_assert_not_null(kt_names_find(&n, "a"));
	cr_assert_null(kt_names_find_gone(&n, "a"));
	kt_names_end(kt_names_find(&n, "a"), "the end of step 0");
	cr_assert_null(kt_names_find(&n, "a"));
	cr_assert_str_eq(kt_names_find_gone(&n, "a")->ended, "the end of step 0");
	cr_assert_str_eq(kt_names_find_gone(&n, "a")->made, "the test");
}

Test(names, a_name_made_again_replaces_the_one_that_is_gone)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0};
	for (int i = 0; i < 1000; i++) {
		add(&n, "a", false);
		kt_names_end(kt_names_find(&n, "a"), "x");
	}
	cr_assert_eq(n.list.count, 1);
}

Test(names, the_end_of_a_step_ends_only_what_is_step_local)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0};
	add(&n, "local", false);
	add(&n, "lasting", true);
	kt_names_end_all(&n, false, "the end of step 0");
	cr_assert_null(kt_names_find(&n, "local"));
	cr_assert_not_null(kt_names_find(&n, "lasting"));
}

Test(names, nested_cgroups_that_exist_are_found)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0};
	add(&n, "a", false);
	add(&n, "ab", false);
	cr_assert_null(kt_names_find_nested(&n, "a"));
	add(&n, "a/b", false);
	cr_assert_str_eq(kt_names_find_nested(&n, "a")->name, "a/b");
	kt_names_end(kt_names_find(&n, "a/b"), "x");
	cr_assert_null(kt_names_find_nested(&n, "a"));
}

Test(names, without_a_cpuset_any_cpu_is_allowed)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0};
	struct kt_cpus allowed;
	add(&n, "a", false);
	cr_assert_not(kt_names_allowed(&n, "a", &allowed));
}

Test(names, a_nested_cgroup_is_bound_by_the_cpusets_around_it)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0};
	struct kt_cpus allowed, expected = kt_cpus_range(0, 3), both = kt_cpus_range(2, 3);
	add(&n, "a", false);
	add(&n, "a/b", false);
	confine(&n, "a", 0, 3);
	cr_assert(kt_names_allowed(&n, "a/b", &allowed));
	cr_assert(kt_cpus_equal(&allowed, &expected));
	confine(&n, "a/b", 2, 5);
	cr_assert(kt_names_allowed(&n, "a/b", &allowed));
	cr_assert(kt_cpus_equal(&allowed, &both));
	cr_assert(kt_names_allowed(&n, "a", &allowed));
	cr_assert(kt_cpus_equal(&allowed, &expected));
}

Test(names, the_list_for_a_message_is_bounded)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0};
	KT_AUTOFREE char *none = kt_names_text(&n);
	cr_assert_str_eq(none, "none");
	for (int i = 0; i < 20; i++) {
		char name[16];
		snprintf(name, sizeof(name), "c%d", i);
		add(&n, name, false);
	}
	KT_AUTOFREE char *text = kt_names_text(&n);
	cr_assert_not_null(strstr(text, "c0, c1, "));
	cr_assert_not_null(strstr(text, "c15 and 4 more"));
}

Test(names, the_nearest_name_is_one_that_exists)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0};
	cr_assert_null(kt_names_nearest(&n, "left"));
	add(&n, "left", false);
	add(&n, "right", false);
	cr_assert_str_eq(kt_names_nearest(&n, "letf"), "left");
	kt_names_end(kt_names_find(&n, "left"), "x");
	cr_assert_null(kt_names_nearest(&n, "letf"));
}

Test(names, a_copy_has_a_life_of_its_own)
{
	KT_AUTO_DONE(kt_names_done) struct kt_names n = {0}, copy = {0};
	add(&n, "a", true);
	cr_assert_eq(kt_names_copy(&n, &copy, NULL), 0);
	kt_names_end(kt_names_find(&copy, "a"), "x");
	cr_assert_not_null(kt_names_find(&n, "a"));
}
