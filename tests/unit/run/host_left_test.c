// SPDX-License-Identifier: GPL-2.0-only
/* What runs leave: whose it is, and that nothing of a dead one stays. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "run/host_left.h"
#include "unit/run/host_fake.h"

static struct kt_run_host_ended ended;
static struct kt_err err;

static void init(void)
{
	fake_mount("cpu cpuset\n");
	fake_cgroup("cg/ktstr");
	cr_assert_eq(kt_fs_mkdirs(in_tmp("proc"), NULL), 0);
}

static void done(void)
{
	kt_run_host_ended_done(&ended);
	tmpdir_remove();
}

TestSuite(host_left, .init = init, .fini = done);

static bool is_owned(const char *name)
{
	return kt_run_host_left_is_owned(in_tmp("proc"), in_tmp("cg/ktstr"), name);
}

static void put_process(int pid, const char *name, unsigned start)
{
	KT_AUTOFREE char *dir = kt_strf("proc/%d", pid);
	KT_AUTOFREE char *file = kt_strf("proc/%d/stat", pid);
	KT_AUTOFREE char *text = kt_strf(
		"%d (%s) S 1 3 3 0 -1 5 6 7 8 9 10 11 12 13 14 15 1 0 %u 99\n", pid, name, start);
	cr_assert_eq(kt_fs_mkdirs(in_tmp(dir), NULL), 0);
	put_file(file, text);
}

Test(host_left, a_folder_is_named_by_pid_and_start)
{
	put_process(41, "a b) c (d", 777);
	KT_AUTOFREE char *name = kt_run_host_left_name(in_tmp("proc"), 41);
	cr_assert_str_eq(name, "run-41-777");
	KT_AUTOFREE char *mine = kt_run_host_left_name("/proc", getpid());
	cr_assert_not(kt_ends_with(mine, "-0"), "%s", mine);
}

Test(host_left, a_living_owner_is_known_by_pid_and_start)
{
	put_process(41, "x", 777);
	fake_cgroup("cg/ktstr/run-41-777");
	fake_cgroup("cg/ktstr/run-41-778");
	fake_cgroup("cg/ktstr/run-42-777");
	cr_assert(is_owned("run-41-777"));
	cr_assert_not(is_owned("run-41-778"), "the pid was given to another process");
	cr_assert_not(is_owned("run-42-777"));
}

Test(host_left, an_owner_whose_pid_is_not_seen_is_known_by_its_lock)
{
	fake_cgroup("cg/ktstr/run-42-1");
	int fd = open(in_tmp("cg/ktstr/run-42-1"), O_RDONLY | O_DIRECTORY);
	cr_assert_eq(flock(fd, LOCK_EX), 0);
	cr_assert(is_owned("run-42-1"));
	close(fd);
	cr_assert_not(is_owned("run-42-1"));
}

static void put_dead_run(const char *name, const char *memo)
{
	KT_AUTOFREE char *run = kt_strf("cg/ktstr/%s", name);
	KT_AUTOFREE char *own = kt_strf("%s/own", run);
	KT_AUTOFREE char *test = kt_strf("%s/test", run);
	KT_AUTOFREE char *left = kt_strf("%s/test/left", run);
	fake_cgroup(run);
	fake_cgroup(own);
	fake_cgroup(test);
	fake_cgroup(left);
	fake_put(in_tmp(own), "cgroup.procs", "4000001\n");
	fake_put(in_tmp(left), "cgroup.procs", "4000002\n4000003\n");
	if (memo)
		fake_put(in_tmp(run), "memo", memo);
}

static int sweep(unsigned *count)
{
	return kt_run_host_left_sweep(
		&fake_io, in_tmp("proc"), in_tmp("cg/ktstr"), count, &ended, &err);
}

Test(host_left, what_dead_runs_left_is_removed_with_its_processes)
{
	unsigned count;
	put_dead_run("run-42-1", NULL);
	put_dead_run("run-43-1", NULL);
	cr_assert_eq(sweep(&count), 0, "%s", err.text);
	cr_assert_eq(count, 2);
	cr_assert_eq(ended.killed, 6);
	cr_assert_not(kt_fs_exists(in_tmp("cg/ktstr/run-42-1")));
	cr_assert_not(kt_fs_exists(in_tmp("cg/ktstr/run-43-1")));
	cr_assert(kt_fs_exists(in_tmp("cg/ktstr")));
}

Test(host_left, living_runs_and_cgroups_of_others_are_not_touched)
{
	unsigned count;
	put_process(41, "x", 777);
	put_dead_run("run-41-777", NULL);
	put_dead_run("mine", NULL);
	cr_assert_eq(sweep(&count), 0, "%s", err.text);
	cr_assert_eq(count, 0);
	cr_assert_eq(fake.kills, 0);
	cr_assert_str_eq(fake_get(in_tmp("cg/ktstr/run-41-777/own"), "cgroup.procs"), "4000001\n");
	cr_assert(kt_fs_exists(in_tmp("cg/ktstr/mine/test/left")));
}

Test(host_left, what_a_dead_run_enabled_is_off_again)
{
	unsigned count;
	KT_AUTOFREE char *memo =
		kt_strf("on cpuset %s\non cpuset %s\n", in_tmp("cg"), in_tmp("cg/ktstr"));
	fake_put(in_tmp("cg"), "cgroup.subtree_control", "cpu cpuset");
	fake_put(in_tmp("cg/ktstr"), "cgroup.subtree_control", "cpuset");
	put_dead_run("run-42-1", memo);
	cr_assert_eq(sweep(&count), 0, "%s", err.text);
	cr_assert_not(kt_fs_exists(in_tmp("cg/ktstr/run-42-1")));
	cr_assert_str_eq(fake_get(in_tmp("cg"), "cgroup.subtree_control"), "cpu ");
	cr_assert_str_eq(fake_get(in_tmp("cg/ktstr"), "cgroup.subtree_control"), "");
	cr_assert_str_eq(kt_str_get(&ended.notes), "");
}

Test(host_left, what_others_use_by_now_stays_and_is_told)
{
	unsigned count;
	KT_AUTOFREE char *memo = kt_strf("on cpuset %s\n", in_tmp("cg"));
	put_dead_run("run-42-1", memo);
	fake_cgroup("cg/ktstr/run-41-9");
	put_process(41, "x", 9);
	fake.fail_file = "/cgroup.subtree_control";
	fake.fail_write = EBUSY;
	cr_assert_eq(sweep(&count), 0, "%s", err.text);
	cr_assert_eq(count, 1);
	cr_assert(kt_fs_exists(in_tmp("cg/ktstr/run-41-9")));
	cr_assert_not_null(strstr(kt_str_get(&ended.notes), "controller cpuset stays enabled"),
		"%s", kt_str_get(&ended.notes));
}

Test(host_left, a_cgroup_that_is_busy_for_a_moment_is_waited_for)
{
	unsigned count;
	put_dead_run("run-42-1", NULL);
	fake.busy = 5;
	cr_assert_eq(sweep(&count), 0, "%s", err.text);
	cr_assert_not(kt_fs_exists(in_tmp("cg/ktstr/run-42-1")));
}

Test(host_left, processes_that_do_not_end_are_named)
{
	unsigned count;
	put_dead_run("run-42-1", NULL);
	fake.stuck = 1000000;
	cr_assert_eq(sweep(&count), -EBUSY);
	cr_assert_eq(count, 0);
	cr_assert_not_null(strstr(err.text, "4000001 4000002 4000003"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "state D"), "%s", err.fix);
}

Test(host_left, before_linux_5_14_each_process_is_killed)
{
	pid_t pid = fork();
	int status = 0;
	if (pid == 0) {
		pause();
		_exit(1);
	}
	cr_assert_gt(pid, 0);
	fake_cgroup("cg/ktstr/run-42-1");
	KT_AUTOFREE char *line = kt_strf("%d\n1\n%d\n", (int)pid, (int)getpid());
	fake_put(in_tmp("cg/ktstr/run-42-1"), "cgroup.procs", line);
	fake.fail_file = "/cgroup.kill";
	fake.fail_write = ENOENT;
	/* The fake cgroup keeps the pid: the code gives up, but it has killed, and only that one.
	 */
	cr_assert_eq(
		kt_run_host_left_end(&fake_io, in_tmp("cg/ktstr/run-42-1"), &ended, &err), -EBUSY);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	cr_assert_eq(ended.killed, 1);
}

Test(host_left, a_folder_that_has_gone_is_an_error_only_for_who_wants_it_ended)
{
	cr_assert_lt(kt_run_host_left_end(&fake_io, in_tmp("cg/ktstr/run-1-1"), &ended, &err), 0);
}

Test(host_left, what_runs_have_made_is_removed_up_to_what_was_there)
{
	cr_assert_eq(fake_io.make_dir(NULL, in_tmp("cg/ktstr/a")), 0);
	cr_assert_eq(fake_io.make_dir(NULL, in_tmp("cg/ktstr/a/b")), 0);
	kt_run_host_left_remove_made(&fake_io, in_tmp("cg/ktstr/a/b/gone"));
	cr_assert_not(kt_fs_exists(in_tmp("cg/ktstr/a")));
	cr_assert(kt_fs_exists(in_tmp("cg/ktstr")), "it was there before");
}

Test(host_left, what_runs_have_made_stays_while_it_is_used)
{
	cr_assert_eq(fake_io.make_dir(NULL, in_tmp("cg/ktstr/a")), 0);
	cr_assert_eq(fake_io.make_dir(NULL, in_tmp("cg/ktstr/a/b")), 0);
	fake_put(in_tmp("cg/ktstr/a/b"), "cgroup.procs", "4000001\n");
	kt_run_host_left_remove_made(&fake_io, in_tmp("cg/ktstr/a/b"));
	cr_assert(kt_fs_exists(in_tmp("cg/ktstr/a/b")));
}

Test(host_left, a_broken_memo_does_no_harm)
{
	unsigned count;
	put_dead_run("run-42-1", "on\non cpuset\nleft 12\nnonsense /\n\n");
	cr_assert_eq(sweep(&count), 0, "%s", err.text);
	cr_assert_eq(count, 1);
}
