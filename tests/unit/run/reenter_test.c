// SPDX-License-Identifier: GPL-2.0-only
/* The command line of a program that runs itself again. */
#include <criterion/criterion.h>

#include "base/mem.h"
#include "base/str.h"
#include "run/reenter.h"

static char *line(int argc, char **argv, const char *kernel)
{
	struct kt_run_options o = {.argc = argc, .argv = argv, .kernel = kernel};
	struct kt_run_reenter_argv a = {0};
	struct kt_str text = {0};
	cr_assert_eq(kt_run_reenter_argv(&o, "/bin/prog", "6.12-abc", &a, NULL), 0);
	kt_vec_each(word, &a.words)
		if (*word)
			kt_str_addf(&text, "%s%s", text.len ? " " : "", *word);
	cr_assert_null(a.words.items[a.words.count - 1]);
	kt_run_reenter_argv_done(&a);
	return kt_str_take(&text);
}

Test(reenter, without_a_choice_the_kernel_comes_before_all_options)
{
	char *argv[] = {"prog", "--filter", "--", "-v", "--"};
	KT_AUTOFREE char *got = line(5, argv, NULL);
	cr_assert_str_eq(got, "/bin/prog --kernel=6.12-abc --filter -- -v --");
}

Test(reenter, a_choice_is_replaced_in_every_spelling)
{
	char *apart[] = {"prog", "--kernel", "6.12", "-v"};
	KT_AUTOFREE char *one = line(4, apart, apart[2]);
	cr_assert_str_eq(one, "/bin/prog --kernel 6.12-abc -v");
	char *equals[] = {"prog", "--kernel=6.12", "-v"};
	KT_AUTOFREE char *two = line(3, equals, equals[1] + 9);
	cr_assert_str_eq(two, "/bin/prog --kernel=6.12-abc -v");
	char *letter[] = {"prog", "-k../linux"};
	KT_AUTOFREE char *three = line(2, letter, letter[1] + 2);
	cr_assert_str_eq(three, "/bin/prog -k6.12-abc");
}

Test(reenter, only_the_choice_that_counts_is_replaced)
{
	char *argv[] = {"prog", "-k", "old", "-k", "new"};
	KT_AUTOFREE char *got = line(5, argv, argv[4]);
	cr_assert_str_eq(got, "/bin/prog -k old -k 6.12-abc");
}

Test(reenter, an_entry_of_the_cache_is_named_by_its_id)
{
	struct kt_kernel k = {.id = "6.12-abc", .vmlinux = "/c/kernels/6.12-abc/vmlinux"};
	cr_assert_str_eq(kt_run_reenter_kernel(&k, "/c"), "6.12-abc");
}

Test(reenter, everything_else_is_named_by_its_image)
{
	struct kt_kernel entry = {.id = "6.12-abc", .vmlinux = "/else/6.12-abc/vmlinux"};
	cr_assert_str_eq(kt_run_reenter_kernel(&entry, "/c"), "/else/6.12-abc/vmlinux");
	struct kt_kernel path = {.id = "/boot/bz", .bzimage = "/boot/bz"};
	cr_assert_str_eq(kt_run_reenter_kernel(&path, "/c"), "/boot/bz");
}
