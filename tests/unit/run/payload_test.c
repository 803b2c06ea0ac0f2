// SPDX-License-Identifier: GPL-2.0-only
/* What payloads bring into a guest, and whose fault it is when they cannot. */
#include <criterion/criterion.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "run/payload.h"

#include <ktstr/ktstr.h>

static char *dir;
static struct kt_run_includes list;
static struct kt_run_payloads payloads;
static struct kt_err err;

static void init(void)
{
	cr_assert_eq(kt_fs_mkdtemp(NULL, "ktstr-payload-", &dir, NULL), 0);
	cr_assert_eq(chdir(dir), 0);
}

static void done(void)
{
	kt_run_includes_done(&list);
	kt_run_payloads_done(&payloads);
	kt_fs_remove_tree(dir, NULL);
	free(dir);
}

TestSuite(payload, .init = init, .fini = done);

static void file(const char *name, const char *text, mode_t mode)
{
	cr_assert_eq(kt_fs_replace(name, text, strlen(text), NULL), 0);
	cr_assert_eq(chmod(name, mode), 0);
}

static int collect(
	const struct ktstr_payload *const *them, struct kt_run_includes *to, struct kt_plan **ret)
{
	static struct ktstr_test test;
	test = (struct ktstr_test){.name = "t", .payloads = them, .steps = STEPS(STEP(HOLD_FULL))};
	cr_assert_eq(kt_plan_make(&test, NULL, ret, &err), 0, "%s", err.text);
	int r = kt_run_payloads_collect(&payloads, *ret, to, &err);
	return r < 0 ? r : kt_run_payloads_check(&payloads, *ret, &err);
}

static const struct kt_run_include_file *find(const char *guest)
{
	kt_vec_each(f, &list.files)
		if (strcmp(f->guest, guest) == 0)
			return f;
	return NULL;
}

static void expect_taken(const struct ktstr_payload *const *them)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	cr_assert_eq(collect(them, &list, &plan), 0, "%s", err.text);
}

static void expect_fault(const struct ktstr_payload *payload, const char *text, const char *fix)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	cr_assert_lt(collect(PAYLOADS(payload), &list, &plan), 0);
	cr_assert_not_null(strstr(err.text, text), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, fix), "%s", err.fix);
}

PAYLOAD(shell, .program = "/bin/sh");
PAYLOAD(by_name, .program = "sh", .name = "again");
PAYLOAD(script, .program = "./script");
PAYLOAD(reader, .program = "/bin/sh", .includes = INCLUDES("data", "tree/", "data"));
PAYLOAD(lister, .program = "/bin/sh", .includes = INCLUDES("ls"));
PAYLOAD(careless, .program = "/bin/sh", .name = "r", .includes = INCLUDES("./absent"));

Test(payload, a_program_keeps_its_place_and_brings_its_loader_and_libraries)
{
	expect_taken(PAYLOADS(&shell));
	cr_assert_not_null(find("bin/sh"));
	size_t libraries = 0;
	kt_vec_each(f, &list.files)
		libraries += strstr(f->why, "library of /bin/sh") != NULL;
	cr_assert_gt(libraries, 0);
	cr_assert_eq(list.programs.count, 1);
	cr_assert_str_eq(list.programs.items[0].program, "/bin/sh");
	cr_assert_str_eq(list.programs.items[0].guest, "/bin/sh");
}

Test(payload, the_table_has_each_way_of_saying_it_once)
{
	PAYLOAD(third, .program = "/bin/sh", .name = "third");
	expect_taken(PAYLOADS(&shell, &by_name, &third));
	cr_assert_eq(list.programs.count, 2);
	cr_assert_str_eq(list.programs.items[1].program, "sh");
	cr_assert(kt_ends_with(list.programs.items[1].guest, "/sh"));
}

Test(payload, a_program_in_a_folder_that_guests_hide_gets_another_place)
{
	file("script", "#!/bin/sh\n", 0755);
	expect_taken(PAYLOADS(&script));
	cr_assert_not_null(find("include-files/script"));
	cr_assert_not_null(find("bin/sh"), "its interpreter");
	cr_assert_str_eq(list.programs.items[0].guest, "/include-files/script");
}

Test(payload, two_programs_of_one_place_are_refused_with_both_names)
{
	PAYLOAD(other, .program = "sub/script");
	KT_AUTOFREE char *first = kt_strf("%s/script", dir);
	KT_AUTOFREE char *second = kt_strf("%s/sub/script", dir);
	cr_assert_eq(mkdir("sub", 0755), 0);
	file("script", "#!/bin/sh\n", 0755);
	file("sub/script", "#!/bin/sh\n", 0755);
	expect_taken(PAYLOADS(&script));
	expect_fault(&other, first, "rename one");
	cr_assert_not_null(strstr(err.text, second), "%s", err.text);
	cr_assert_not_null(strstr(err.text, "are both to be /include-files/script"));
}

Test(payload, includes_lie_in_one_folder_and_folders_keep_their_tree)
{
	file("data", "text", 0644);
	cr_assert_eq(mkdir("tree", 0755), 0);
	cr_assert_eq(mkdir("tree/sub", 0755), 0);
	file("tree/sub/leaf", "x", 0644);
	cr_assert_eq(symlink("../data", "tree/link"), 0);
	cr_assert_eq(mkfifo("tree/fifo", 0600), 0);
	expect_taken(PAYLOADS(&reader));
	cr_assert_eq(find("include-files/data")->bytes, 4);
	cr_assert_not_null(find("include-files/tree/sub/leaf"));
	cr_assert_eq(find("include-files/tree/link")->bytes, 4, "links are followed");
	cr_assert_null(find("include-files/tree/fifo"));
}

Test(payload, an_included_program_brings_its_libraries)
{
	expect_taken(PAYLOADS(&lister));
	cr_assert_not_null(find("include-files/ls"));
	size_t libraries = 0;
	kt_vec_each(f, &list.files)
		libraries += strstr(f->why, "/ls") && strstr(f->why, "library of");
	cr_assert_gt(libraries, 0);
}

Test(payload, what_is_missing_is_a_fault_of_who_names_it_alone)
{
	PAYLOAD(absent, .program = "no-such-program-here");
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	expect_fault(&absent,
		"payload 'no-such-program-here': program 'no-such-program-here' is neither in the "
		"current folder nor in PATH",
		"install the package");
	cr_assert_eq(collect(PAYLOADS(&shell), &list, &plan), 0);
	cr_assert_not_null(find("bin/sh"));
}

Test(payload, a_missing_include_is_said_with_its_payload)
{
	expect_fault(&careless, "payload 'r': include './absent': there is no such file",
		"check the path");
}

Test(payload, on_this_machine_nothing_is_packed)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	KT_AUTO(kt_plan_free) struct kt_plan *wrong = NULL;
	PAYLOAD(absent, .program = "./absent");
	cr_assert_eq(collect(PAYLOADS(&shell), NULL, &plan), 0);
	cr_assert_eq(list.files.count, 0);
	cr_assert_eq(collect(PAYLOADS(&absent), NULL, &wrong), -ENOENT);
}
