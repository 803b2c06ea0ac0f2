// SPDX-License-Identifier: GPL-2.0-only
/* The command line of a program that runs itself again. */
#include <criterion/criterion.h>
#include <signal.h>

#include "base/mem.h"
#include "base/str.h"
#include "run/reenter.h"

static char *line(int argc, char **argv, const char *kernel)
{
	struct kt_run_options o = {.argc = argc, .argv = argv, .kernel = kernel, .seed = 7};
	struct kt_run_reenter_swap swap = {.value = kernel, .with = "6.12-abc"};
	struct kt_run_reenter_argv a = {0};
	struct kt_str text = {0};
	cr_assert_eq(
		kt_run_reenter_argv(&o, "/bin/prog", "6.12-abc", &swap, kernel != NULL, &a, NULL),
		0);
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
	cr_assert_str_eq(got, "/bin/prog --kernel=6.12-abc --seed=7 --filter -- -v --");
}

Test(reenter, a_choice_is_replaced_in_every_spelling)
{
	char *apart[] = {"prog", "--kernel", "6.12", "-v"};
	KT_AUTOFREE char *one = line(4, apart, apart[2]);
	cr_assert_str_eq(one, "/bin/prog --seed=7 --kernel 6.12-abc -v");
	char *equals[] = {"prog", "--kernel=6.12", "-v"};
	KT_AUTOFREE char *two = line(3, equals, equals[1] + 9);
	cr_assert_str_eq(two, "/bin/prog --seed=7 --kernel=6.12-abc -v");
	char *letter[] = {"prog", "-k../linux"};
	KT_AUTOFREE char *three = line(2, letter, letter[1] + 2);
	cr_assert_str_eq(three, "/bin/prog --seed=7 -k6.12-abc");
}

Test(reenter, only_the_choice_that_counts_is_replaced)
{
	char *argv[] = {"prog", "-k", "old", "-k", "new"};
	KT_AUTOFREE char *got = line(5, argv, argv[4]);
	cr_assert_str_eq(got, "/bin/prog --seed=7 -k old -k 6.12-abc");
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
	struct kt_kernel tree = {.id = "/linux/vmlinux",
		.path = "/linux",
		.vmlinux = "/linux/vmlinux",
		.bzimage = "/linux/arch/x86/boot/bzImage"};
	cr_assert_str_eq(kt_run_reenter_kernel(&tree, "/c"), "/linux");
}

Test(reenter, a_report_goes_to_the_descriptor_that_was_opened_outside)
{
	char *argv[] = {"prog", "--report", "junit:out.xml", "--report=ktap:/tmp/fifo"};
	struct kt_run_options o = {.argc = 4, .argv = argv, .kernel = "", .seed = 7};
	struct kt_run_reenter_swap swaps[] = {
		{argv[2] + 6, "/dev/fd/5"}, {argv[3] + 14, "/dev/fd/6"}};
	struct kt_run_reenter_argv a = {0};
	cr_assert_eq(kt_run_reenter_argv(&o, "/bin/prog", "x", swaps, 2, &a, NULL), 0);
	cr_assert_str_eq(a.words.items[3], "junit:/dev/fd/5");
	cr_assert_str_eq(a.words.items[4], "--report=ktap:/dev/fd/6");
	kt_run_reenter_argv_done(&a);
}

static void assert_killed(int sig, const char *how, const char *remedy)
{
	struct kt_err err = {0};
	cr_assert_lt(kt_run_reenter_check_status(128 + sig, &err), 0, "signal %d", sig);
	cr_assert_not_null(strstr(err.text, how), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, remedy), "%s", err.fix);
}

Test(reenter, a_program_that_was_killed_inside_is_an_error_that_names_the_signal)
{
	assert_killed(SIGSEGV, "killed by SIGSEGV", "--accel kvm");
	assert_killed(SIGABRT, "killed by SIGABRT", "--accel kvm");
	assert_killed(SIGKILL, "killed by SIGKILL", "memory");
}

Test(reenter, verdicts_and_the_users_signals_are_no_error)
{
	static const int good[] = {
		0, 1, 2, 3, 64, 128, 128 + SIGINT, 128 + SIGTERM, 128 + SIGHUP, 128 + SIGQUIT};
	for (size_t i = 0; i < KT_ARRAY_LEN(good); i++)
		cr_assert_eq(kt_run_reenter_check_status(good[i], NULL), 0, "%d", good[i]);
}
