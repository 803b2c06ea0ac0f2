// SPDX-License-Identifier: GPL-2.0-only
/* The registry with hand-made nodes: Criterion runs each test in its own process. */
#include <criterion/criterion.h>

#include "registry/registry.h"

#define NODE(var, name_, file_, line_, says)                                                       \
	static const struct ktstr_test var##_test = {                                              \
		.name = name_, .file = file_, .line = line_, .description = says};                 \
	static struct ktstr_node var = {&var##_test, NULL}

NODE(b20, "beta", "b.c", 20, "second");
NODE(b3, "alpha", "b.c", 3, "first of b");
NODE(a9, "gamma/wide", "a.c", 9, "in another file");
NODE(twin, "beta", "z.c", 1, "same name");
NODE(mute, "mute", "m.c", 4, "");
NODE(lines, "lines", "m.c", 5, "two\nlines");

static struct kt_registry frozen(void)
{
	struct kt_registry reg = {0};
	struct kt_err err = {0};
	static bool linked;
	if (!linked) {
		ktstr_link(&b20);
		ktstr_link(&a9);
		ktstr_link(&b3);
	}
	linked = true;
	cr_assert_eq(kt_registry_freeze(&reg, &err), 0, "%s", err.text);
	return reg;
}

Test(registry, freeze_sorts_by_file_line_and_name)
{
	struct kt_registry reg = frozen();
	cr_assert_eq(reg.count, 3);
	cr_assert_str_eq(reg.tests[0]->name, "gamma/wide");
	cr_assert_str_eq(reg.tests[1]->name, "alpha");
	cr_assert_str_eq(reg.tests[2]->name, "beta");
	kt_registry_done(&reg);
}

Test(registry, a_program_without_tests_freezes_to_none)
{
	struct kt_registry reg = {0};
	cr_assert_eq(kt_registry_freeze(&reg, NULL), 0);
	cr_assert_eq(reg.count, 0);
	kt_registry_done(&reg);
}

Test(registry, a_duplicate_name_is_refused_with_both_places)
{
	struct kt_registry reg = {0};
	struct kt_err err = {0};
	ktstr_link(&twin);
	ktstr_link(&b20);
	cr_assert_eq(kt_registry_freeze(&reg, &err), -EINVAL);
	cr_assert_str_eq(err.text, "test 'beta' is declared twice: b.c:20 and z.c:1");
}

Test(registry, a_description_must_be_one_line)
{
	struct kt_registry reg = {0};
	struct kt_err err = {0};
	ktstr_link(&lines);
	ktstr_link(&mute);
	cr_assert_eq(kt_registry_freeze(&reg, &err), -EINVAL);
	cr_assert_str_eq(err.text, "m.c:4: test 'mute' needs a description of one line\n"
				   "m.c:5: test 'lines' needs a description of one line");
}

Test(registry, find_wants_the_exact_name_and_nearest_helps)
{
	struct kt_registry reg = frozen();
	cr_assert_eq(kt_registry_find(&reg, "beta"), &b20_test);
	cr_assert_null(kt_registry_find(&reg, "bet"));
	cr_assert_str_eq(kt_registry_nearest(&reg, "bet"), "beta");
	cr_assert_null(kt_registry_nearest(&reg, "something-else"));
	kt_registry_done(&reg);
}

static size_t count_with(const char *const *globs, size_t n)
{
	struct kt_registry reg = frozen();
	struct kt_registry_pattern patterns[4] = {0};
	for (size_t i = 0; i < n; i++)
		patterns[i].text = globs[i];
	kt_registry_filter(&reg, patterns, n);
	size_t count = reg.count;
	kt_registry_done(&reg);
	return count;
}

Test(registry, filters_are_globs_and_a_bang_excludes)
{
	cr_assert_eq(count_with(NULL, 0), 3);
	cr_assert_eq(count_with((const char *[]){"alpha"}, 1), 1);
	cr_assert_eq(count_with((const char *[]){"gamma"}, 1), 0);
}

Test(registry, a_star_crosses_slashes)
{
	cr_assert_eq(count_with((const char *[]){"gam*"}, 1), 1);
}

Test(registry, excluding_alone_keeps_the_rest)
{
	cr_assert_eq(count_with((const char *[]){"!b*"}, 1), 2);
}

Test(registry, an_exclusion_beats_a_match_whatever_the_order)
{
	cr_assert_eq(count_with((const char *[]){"!beta", "*a"}, 2), 1);
}

Test(registry, an_exact_name_is_no_glob)
{
	struct kt_registry reg = frozen();
	struct kt_registry_pattern star = {.text = "*", .exact = true};
	kt_registry_filter(&reg, &star, 1);
	cr_assert_eq(reg.count, 0);
	kt_registry_done(&reg);
}

Test(registry, exact_names_and_globs_add_up)
{
	struct kt_registry reg = frozen();
	struct kt_registry_pattern both[] = {{.text = "beta", .exact = true}, {.text = "al*"}};
	kt_registry_filter(&reg, both, 2);
	cr_assert_eq(reg.count, 2);
	kt_registry_done(&reg);
}
