// SPDX-License-Identifier: GPL-2.0-only
/* The folder of one host_only test, from the turn to what is left of it: nothing. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <sys/file.h>

#include "base/clock.h"
#include "run/host_cgroup.h"
#include "unit/run/host_fake.h"

static struct kt_run_host_place place;
static struct kt_run_host_cgroup h;
static struct kt_err err;
static const char *const cpuset[] = {"cpuset", NULL};
static const char *const none[] = {NULL};

static void init(void)
{
	fake_mount("cpu cpuset\n");
	snprintf(place.mount, sizeof(place.mount), "%s", in_tmp("cg"));
	snprintf(place.parent, sizeof(place.parent), "%s", in_tmp("cg/a/ktstr"));
}

TestSuite(host_cgroup, .init = init, .fini = tmpdir_remove);

static int make(const char *const *controllers, uint64_t deadline_ns)
{
	struct kt_run_host_cgroup_config config = {.place = &place,
		.controllers = controllers,
		.io = &fake_io,
		.deadline_ns = deadline_ns};
	err = (struct kt_err){0};
	return kt_run_host_cgroup_make(&config, &h, &err);
}

/* The mount is as it was: no folder, no controller. */
static void expect_nothing_left(void)
{
	cr_assert_not(kt_fs_exists(in_tmp("cg/a")), "a folder is left");
	cr_assert_str_eq(fake_get(in_tmp("cg"), "cgroup.subtree_control"), "");
}

static void end(void)
{
	cr_assert_eq(kt_run_host_cgroup_end(&h, &err), 0, "%s", err.text);
}

Test(host_cgroup, a_test_has_a_folder_with_two_parts_and_leaves_nothing)
{
	cr_assert_eq(make(cpuset, 0), 0, "%s", err.text);
	KT_AUTOFREE char *own = kt_strf("%s/own", h.dir);
	cr_assert(kt_starts_with(h.dir, in_tmp("cg/a/ktstr/run-")), "%s", h.dir);
	KT_AUTOFREE char *test = kt_strf("%s/test", h.dir);
	cr_assert(kt_fs_exists(own));
	cr_assert_str_eq(fake_get(test, "cgroup.controllers"), "cpuset");
	end();
	expect_nothing_left();
	cr_assert_str_eq(kt_str_get(&h.ended.notes), "");
	cr_assert_eq(h.ended.killed, 0);
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, only_what_is_needed_is_enabled)
{
	cr_assert_eq(make(none, 0), 0, "%s", err.text);
	cr_assert_str_eq(fake_get(in_tmp("cg"), "cgroup.subtree_control"), "");
	end();
	expect_nothing_left();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, what_was_on_and_what_was_there_stays)
{
	fake_put(in_tmp("cg"), "cgroup.subtree_control", "cpu cpuset");
	fake_cgroup("cg/a");
	cr_assert_eq(make(cpuset, 0), 0, "%s", err.text);
	cr_assert_str_eq(fake_get(in_tmp("cg/a"), "cgroup.subtree_control"), "cpuset");
	end();
	cr_assert_str_eq(fake_get(in_tmp("cg"), "cgroup.subtree_control"), "cpu cpuset");
	cr_assert_str_eq(fake_get(in_tmp("cg/a"), "cgroup.subtree_control"), "");
	cr_assert_not(kt_fs_exists(in_tmp("cg/a/ktstr")));
	cr_assert(kt_fs_exists(in_tmp("cg/a")));
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, the_memo_says_it_all_before_it_is_done)
{
	fake.fail_file = "/cgroup.subtree_control";
	fake.fail_write = EACCES;
	cr_assert_eq(make(cpuset, 0), -EACCES);
	KT_AUTOFREE char *expected = kt_strf("on cpuset %s\n", in_tmp("cg"));
	cr_assert_str_eq(fake_get(h.dir, "memo"), expected);
	cr_assert_not_null(strstr(err.text, "controller cpuset cannot be enabled"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "Delegate=yes"), "%s", err.fix);
	fake.fail_write = 0;
	end();
	expect_nothing_left();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, what_a_killed_run_left_is_ended_by_the_next)
{
	cr_assert_eq(make(cpuset, 0), 0, "%s", err.text);
	KT_AUTOFREE char *own = kt_strf("%s/own", h.dir);
	KT_AUTOFREE char *dead = kt_strf("%s/run-4000009-1", place.parent);
	fake_put(own, "cgroup.procs", "4000001\n");
	cr_assert_eq(rename(h.dir, dead), 0);
	kt_run_host_cgroup_done(&h); /* as the kernel closes what a dead process had open */
	cr_assert_eq(make(cpuset, 0), 0, "%s", err.text);
	cr_assert_not(kt_fs_exists(dead));
	cr_assert_str_eq(kt_str_get(&h.ended.notes),
		"1 folder of a run that was killed was removed, with 1 processes\n");
	cr_assert_eq(h.ended.killed, 0, "it was not this test's");
	end();
	expect_nothing_left();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, a_parent_of_a_run_that_was_killed_before_its_folder_goes_with_the_next)
{
	cr_assert_eq(fake_io.make_dir(NULL, in_tmp("cg/a")), 0);
	cr_assert_eq(fake_io.make_dir(NULL, in_tmp("cg/a/ktstr")), 0);
	cr_assert_eq(make(cpuset, 0), 0, "%s", err.text);
	end();
	expect_nothing_left();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, a_run_killed_after_its_cgroups_had_gone_is_taken_back_by_the_next)
{
	cr_assert_eq(make(cpuset, 0), 0, "%s", err.text);
	KT_AUTOFREE char *own = kt_strf("%s/own", h.dir);
	KT_AUTOFREE char *test = kt_strf("%s/test", h.dir);
	KT_AUTOFREE char *dead = kt_strf("%s/run-4000009-1", place.parent);
	cr_assert_eq(fake_io.remove_dir(NULL, own), 0);
	cr_assert_eq(fake_io.remove_dir(NULL, test), 0);
	cr_assert_eq(rename(h.dir, dead), 0);
	kt_run_host_cgroup_done(&h);
	cr_assert_eq(make(none, 0), 0, "%s", err.text);
	cr_assert_str_eq(fake_get(in_tmp("cg"), "cgroup.subtree_control"), "");
	end();
	expect_nothing_left();
	kt_run_host_cgroup_done(&h);
}

static bool is_stopped(void)
{
	return true;
}

Test(host_cgroup, tests_take_turns)
{
	struct kt_run_host_cgroup first;
	cr_assert_eq(make(none, 0), 0, "%s", err.text);
	first = h;
	cr_assert_eq(make(none, kt_deadline_ms(150)), -EBUSY);
	cr_assert_not_null(strstr(err.text, first.dir), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "wait for it"), "%s", err.fix);
	end();
	kt_run_host_cgroup_done(&h);
	cr_assert(kt_fs_exists(first.dir), "a living run was touched");

	struct kt_run_host_cgroup_config config = {.place = &place,
		.controllers = none,
		.io = &fake_io,
		.deadline_ns = kt_deadline_ms(60000),
		.stopped = is_stopped};
	cr_assert_eq(kt_run_host_cgroup_make(&config, &h, &err), -EBUSY);
	cr_assert_not_null(strstr(err.text, "interrupted"), "%s", err.text);
	end();
	kt_run_host_cgroup_done(&h);

	h = first;
	end();
	expect_nothing_left();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, who_may_not_make_it_hears_how_to_be_allowed)
{
	fake.fail_make = EACCES;
	cr_assert_eq(make(none, 0), -EACCES);
	cr_assert_not_null(strstr(err.text, "/cg/a' cannot be made"), "%s", err.text);
	cr_assert_not_null(
		strstr(err.fix, "systemd-run --user --scope -p Delegate=yes"), "%s", err.fix);
	end();
	expect_nothing_left();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, a_controller_that_was_not_delegated_is_named)
{
	fake_cgroup("cg/a");
	fake_put(in_tmp("cg"), "cgroup.subtree_control", "cpu cpuset");
	fake_put(in_tmp("cg/a"), "cgroup.controllers", "cpu");
	cr_assert_eq(make(cpuset, 0), -ENOTSUP);
	cr_assert_not_null(
		strstr(err.text, "/cg/a' was not given the controller cpuset"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "Delegate=cpuset"), "%s", err.fix);
	end();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, a_program_in_the_way_steps_aside_and_comes_back)
{
	KT_AUTOFREE char *me = kt_strf("%d\n", (int)getpid());
	fake_cgroup("cg/a");
	fake_put(in_tmp("cg/a"), "cgroup.controllers", "cpuset");
	fake_put(in_tmp("cg/a"), "cgroup.procs", me);
	cr_assert_eq(make(cpuset, 0), 0, "%s", err.text);
	cr_assert_str_eq(fake_get(in_tmp("cg/a/" KT_RUN_HOST_ASIDE), "cgroup.procs"), me);
	fake_put(in_tmp("cg/a"), "cgroup.procs", ""); /* as the kernel does when a process moves */
	fake_put(in_tmp("cg/a/" KT_RUN_HOST_ASIDE), "cgroup.procs", "");
	end();
	cr_assert_str_eq(fake_get(in_tmp("cg/a"), "cgroup.procs"), me);
	cr_assert_str_eq(fake_get(in_tmp("cg/a"), "cgroup.subtree_control"), "");
	cr_assert_not(kt_fs_exists(in_tmp("cg/a/" KT_RUN_HOST_ASIDE)));
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, other_processes_in_the_way_are_an_error_with_a_remedy)
{
	fake.fail_file = "/cgroup.subtree_control";
	fake.fail_write = EBUSY;
	cr_assert_eq(make(cpuset, 0), -EBUSY);
	cr_assert_not_null(strstr(err.fix, "without other processes"), "%s", err.fix);
	fake.fail_write = 0;
	end();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, a_kernel_without_memos_is_told_about)
{
	fake.no_memo = true;
	cr_assert_eq(make(cpuset, 0), 0, "%s", err.text);
	cr_assert_not_null(strstr(kt_str_get(&h.ended.notes), "keeps no memo"), "%s",
		kt_str_get(&h.ended.notes));
	end();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, processes_that_are_still_there_are_killed_and_counted)
{
	cr_assert_eq(make(none, 0), 0, "%s", err.text);
	KT_AUTOFREE char *own = kt_strf("%s/own", h.dir);
	fake_put(own, "cgroup.procs", "4000001\n4000002\n");
	end();
	cr_assert_eq(h.ended.killed, 2);
	expect_nothing_left();
	kt_run_host_cgroup_done(&h);
}

Test(host_cgroup, the_scenario_s_process_enters_its_part)
{
	cr_assert_eq(make(none, 0), 0, "%s", err.text);
	KT_AUTOFREE char *own = kt_strf("%s/own", h.dir);
	cr_assert_eq(kt_run_host_cgroup_enter(&h, &err), 0);
	cr_assert_str_eq(fake_get(own, "cgroup.procs"), "0\n");
	fake_put(own, "cgroup.procs", "");
	fake.fail_file = "/cgroup.procs";
	fake.fail_write = EPERM;
	cr_assert_eq(kt_run_host_cgroup_enter(&h, &err), -EPERM);
	cr_assert_not_null(strstr(err.fix, "Delegate=yes"), "%s", err.fix);
	fake.fail_write = 0;
	end();
	kt_run_host_cgroup_done(&h);
}
