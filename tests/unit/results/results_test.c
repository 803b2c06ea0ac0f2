// SPDX-License-Identifier: GPL-2.0-only
/* One run's folder: what is in it while it runs, at its end, and when there is no room. */
#include "results/results.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "results/dir.h"
#include "results/record.h"
#include "unit/results/results.h"

TestSuite(results, .init = tmpdir_make, .fini = tmpdir_remove);

static struct kt_results_record record_of(const struct kt_results *r)
{
	struct kt_results_record rec = {0};
	struct kt_err err = {0};
	cr_assert_eq(kt_results_record_read(kt_results_path(r), &rec, &err), 0, "%s", err.text);
	return rec;
}

Test(results, a_run_says_from_its_start_what_it_is)
{
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("a/b"));
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(r);
	cr_assert_eq(rec.state, KT_RESULTS_RUNNING);
	cr_assert_str_eq(rec.program, "01_first");
	cr_assert_str_eq(rec.command, "build/samples/01_first -v");
	cr_assert_str_eq(rec.accel_name, "kvm");
	cr_assert_str_eq(rec.kernel_id, "6.12-x");
	cr_assert_null(rec.kernel_kind);
	cr_assert_eq(rec.seed, UINT64_MAX);
	cr_assert_eq(rec.total, 3);
	cr_assert_not_null(rec.boot_id);
	cr_assert(kt_starts_with(rec.host, "Linux "));
	cr_assert_eq(strlen(rec.started), strlen("2026-11-24T13:32:39Z"));
	cr_assert_null(rec.ended);
}

Test(results, a_test_is_stored_and_named_when_it_is_done)
{
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	struct kt_err err = {0};
	cr_assert_eq(results_add(r, "first", 0, &err), 0, "%s", err.text);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(r);
	cr_assert_eq(rec.state, KT_RESULTS_RUNNING);
	cr_assert_eq(rec.tests.count, 1);
	cr_assert_str_eq(rec.tests.items[0].file, "first.json");
	cr_assert_eq(rec.tests.items[0].verdict, KT_VERDICT_PASS);
	cr_assert_eq(rec.booted, 1);
	cr_assert_eq(kt_results_record_not_run(&rec), 2);
	cr_assert(kt_fs_exists(in_tmp("out/latest/first.json")));
	cr_assert(kt_fs_exists(in_tmp("out/latest/first.console.txt")));
}

Test(results, the_end_has_status_time_and_tally)
{
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	struct kt_err err = {0};
	cr_assert_eq(results_add(r, "first", 0, &err), 0);
	cr_assert_eq(kt_results_end(r, false, 1, &err), 0, "%s", err.text);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(r);
	cr_assert_eq(rec.state, KT_RESULTS_FINISHED);
	cr_assert_eq(rec.exit_status, 1);
	cr_assert_not_null(rec.ended);
	cr_assert_eq(kt_results_record_tally(&rec).count[KT_VERDICT_PASS], 1);
}

Test(results, an_interrupted_run_says_so)
{
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	cr_assert_eq(kt_results_end(r, true, 130, NULL), 0);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(r);
	cr_assert_eq(rec.state, KT_RESULTS_INTERRUPTED);
	cr_assert_eq(rec.exit_status, 130);
}

Test(results, latest_is_the_run_that_began_last)
{
	KT_AUTO(kt_results_free) struct kt_results *one = results_begin(in_tmp("out"));
	KT_AUTO(kt_results_free) struct kt_results *two = results_begin(in_tmp("out"));
	char target[256] = "";
	cr_assert_str_neq(kt_results_path(one), kt_results_path(two));
	cr_assert_gt(strcmp(kt_results_path(two), kt_results_path(one)), 0, "must sort by time");
	cr_assert_gt(readlink(in_tmp("out/latest"), target, sizeof(target) - 1), 0);
	cr_assert_str_eq(target, strrchr(kt_results_path(two), '/') + 1);
}

/* Begin a run, add a test, end; the exit status says whether all went well. */
static void run_in_child(void)
{
	struct kt_results *r = NULL;
	if (kt_results_begin(in_tmp("out"), &results_config, &r, NULL) < 0)
		_exit(1);
	if (results_add(r, "first", 100000, NULL) < 0 || kt_results_end(r, false, 0, NULL) < 0)
		_exit(2);
	_exit(0);
}

Test(results, many_runs_at_once_in_one_folder_do_not_meet)
{
	enum { RUNS = 12 };
	struct kt_results_runs runs = {0};
	pid_t pids[RUNS];
	for (unsigned i = 0; i < RUNS; i++)
		if ((pids[i] = fork()) == 0)
			run_in_child();
	for (unsigned i = 0; i < RUNS; i++) {
		int status;
		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		cr_assert_eq(status, 0);
	}
	cr_assert_eq(kt_results_runs_read(in_tmp("out"), &runs, NULL), 0);
	cr_assert_eq(runs.list.count, RUNS);
	kt_vec_each(run, &runs.list) {
		cr_assert_str_eq(kt_results_run_state(run), "finished");
		cr_assert_eq(run->record.tests.count, 1);
	}
	kt_results_runs_done(&runs);
	cr_assert_eq(results_count(in_tmp("out")), RUNS + 2, "only .lock and latest besides");
}

Test(results, a_file_in_the_place_of_latest_does_not_stop_a_run)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/latest/mine"), NULL), 0);
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	cr_assert_eq(results_add(r, "first", 0, NULL), 0);
	cr_assert(kt_fs_exists(in_tmp("out/latest/mine")));
	cr_assert_eq(results_count(in_tmp("out")), 3, "a temporary link was left");
}

Test(results, the_program_inside_goes_on_where_the_one_outside_began)
{
	KT_AUTO(kt_results_free) struct kt_results *outer = results_begin(in_tmp("out"));
	KT_AUTO(kt_results_free) struct kt_results *inner = NULL;
	struct kt_err err = {0};
	cr_assert_eq(kt_results_adopt(kt_results_path(outer), &inner, &err), 0, "%s", err.text);
	cr_assert_eq(results_add(inner, "first", 0, &err), 0, "%s", err.text);
	cr_assert_eq(kt_results_end(inner, false, 0, &err), 0);
	cr_assert_eq(kt_results_settle(outer, false, 0, &err), 0, "%s", err.text);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(outer);
	cr_assert_eq(rec.state, KT_RESULTS_FINISHED);
	cr_assert_eq(rec.tests.count, 1);
	cr_assert_str_eq(rec.program, "01_first");
}

/* A run whose program inside added one test and went without an end. */
static struct kt_results *leave_inside(void)
{
	struct kt_results *outer = results_begin(in_tmp("out")), *inner = NULL;
	cr_assert_eq(kt_results_adopt(kt_results_path(outer), &inner, NULL), 0);
	cr_assert_eq(results_add(inner, "first", 0, NULL), 0);
	kt_results_free(inner);
	return outer;
}

Test(results, a_machine_that_dies_leaves_what_it_had_done_and_an_end)
{
	KT_AUTO(kt_results_free) struct kt_results *outer = leave_inside();
	KT_AUTOFREE char *temp =
		kt_strf("%s/second.json.0123456789abcdef.tmp", kt_results_path(outer));
	cr_assert_eq(kt_fs_replace(temp, "half", 4, NULL), 0);
	cr_assert_eq(kt_results_settle(outer, true, 3, NULL), 0);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(outer);
	cr_assert_eq(rec.state, KT_RESULTS_DIED);
	cr_assert_eq(rec.exit_status, 3);
	cr_assert_not_null(rec.ended);
	cr_assert_eq(rec.tests.count, 1);
	cr_assert_eq(kt_results_record_not_run(&rec), 2);
	cr_assert_not(kt_fs_exists(temp), "its temporary file was left");
	cr_assert(kt_fs_exists(in_tmp("out/latest/first.json")));
}

static void assert_settled(bool machine_died, int status, enum kt_results_state state)
{
	KT_AUTO(kt_results_free) struct kt_results *outer = leave_inside();
	cr_assert_eq(kt_results_settle(outer, machine_died, status, NULL), 0);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(outer);
	cr_assert_eq(rec.state, state, "status %d: state '%s'", status,
		kt_results_state_name(rec.state));
	cr_assert_eq(rec.exit_status, status);
}

Test(results, only_what_the_user_ended_is_interrupted)
{
	assert_settled(false, 128 + SIGINT, KT_RESULTS_INTERRUPTED);
	assert_settled(false, 128 + SIGTERM, KT_RESULTS_INTERRUPTED);
	assert_settled(false, 128 + SIGHUP, KT_RESULTS_INTERRUPTED);
	assert_settled(false, 128 + SIGSEGV, KT_RESULTS_DIED);
	assert_settled(false, 128 + SIGKILL, KT_RESULTS_DIED);
	assert_settled(false, 128 + SIGPIPE, KT_RESULTS_DIED);
	assert_settled(true, 128 + SIGINT, KT_RESULTS_DIED);
	assert_settled(false, 3, KT_RESULTS_FINISHED);
}

Test(results, a_run_that_ended_well_inside_has_the_status_of_the_program_outside)
{
	KT_AUTO(kt_results_free) struct kt_results *outer = results_begin(in_tmp("out"));
	KT_AUTO(kt_results_free) struct kt_results *inner = NULL;
	cr_assert_eq(kt_results_adopt(kt_results_path(outer), &inner, NULL), 0);
	cr_assert_eq(kt_results_end(inner, false, 0, NULL), 0);
	cr_assert_eq(kt_results_settle(outer, true, 3, NULL), 0);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(outer);
	cr_assert_eq(rec.state, KT_RESULTS_FINISHED);
	cr_assert_eq(rec.exit_status, 3);
}

/* How often run.json is replaced, by the number of its inode. */
Test(results, run_json_of_a_long_run_is_not_written_for_each_test)
{
	enum { TESTS = 200 }; /* each is some writes that wait for the disk */
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	unsigned writes = 0;
	uint64_t start = kt_now_ns();
	struct timespec before = {0};
	for (unsigned i = 0; i < TESTS; i++) {
		char name[16];
		struct stat st;
		snprintf(name, sizeof(name), "t%03u", i);
		cr_assert_eq(results_add(r, name, 0, NULL), 0);
		cr_assert_eq(stat(in_tmp("out/latest/run.json"), &st), 0);
		writes +=
			st.st_mtim.tv_sec != before.tv_sec || st.st_mtim.tv_nsec != before.tv_nsec;
		before = st.st_mtim;
	}
	unsigned seconds = (unsigned)((kt_now_ns() - start) / KT_NS_PER_S);
	cr_assert_leq(writes, 100 + 1 + seconds, "written %u times in %u s", writes, seconds);

	/* What it does not name is found, once each, by whoever lists runs. */
	struct kt_results_runs runs = {0};
	cr_assert_eq(kt_results_runs_read(in_tmp("out"), &runs, NULL), 0);
	cr_assert_eq(runs.list.items[0].record.tests.count, TESTS);
	kt_results_runs_done(&runs);
	cr_assert_eq(kt_results_end(r, false, 0, NULL), 0);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(r);
	cr_assert_eq(rec.tests.count, TESTS);
}

Test(results, a_folder_that_no_run_began_is_not_adopted)
{
	struct kt_results *r = NULL;
	struct kt_err err = {0};
	cr_assert_lt(kt_results_adopt(in_tmp("nothing"), &r, &err), 0);
	cr_assert_not_null(strstr(err.text, KT_RESULTS_ENV));
	cr_assert_neq(err.fix[0], '\0');
}

Test(results, checking_a_folder_leaves_nothing_behind)
{
	cr_assert_eq(kt_results_check(in_tmp("new"), NULL), 0);
	cr_assert_not(kt_fs_exists(in_tmp("new")));
	cr_assert_eq(kt_fs_mkdirs(in_tmp("old"), NULL), 0);
	cr_assert_eq(kt_results_check(in_tmp("old"), NULL), 0);
	cr_assert_eq(results_count(in_tmp("old")), 0);
	cr_assert_eq(kt_results_check(in_tmp("old/a/b//c/"), NULL), 0);
	cr_assert_eq(results_count(in_tmp("old")), 0, "a folder above it was left");
	cr_assert(kt_fs_exists(in_tmp("old")), "it was there before");
}

Test(results, checking_a_folder_in_vain_leaves_nothing_behind)
{
	char name[300] = "new/sub/";
	memset(name + strlen(name), 'x', 280);
	cr_assert_lt(kt_results_check(in_tmp(name), NULL), 0, "no file system takes such a name");
	cr_assert_not(kt_fs_exists(in_tmp("new")));
}

/* Both ways of finding out, with a message that names the folder and says what to do. */
static void assert_refused(const char *dir, const char *cause)
{
	struct kt_results *r = NULL;
	struct kt_err err = {0};
	cr_assert_lt(kt_results_check(dir, &err), 0);
	cr_assert_not_null(strstr(err.text, cause), "%s", err.text);
	kt_err_clear(&err);
	cr_assert_lt(kt_results_begin(dir, &results_config, &r, &err), 0);
	cr_assert_null(r);
	cr_assert_not_null(strstr(err.text, "results folder"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, dir), "%s", err.text);
	cr_assert_not_null(strstr(err.text, cause), "%s", err.text);
	cr_assert_neq(err.fix[0], '\0');
}

Test(results, a_file_in_the_place_of_the_folder_is_refused)
{
	put_file("out", "x");
	assert_refused(in_tmp("out"), "Not a directory");
}

Test(results, a_folder_that_may_not_be_written_is_refused)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out"), NULL), 0);
	cr_assert_eq(chmod(tmpdir, 0755), 0);
	cr_assert_eq(chmod(in_tmp("out"), 0555), 0);
	uid_t mine = geteuid();
	if (mine == 0)
		cr_assert_eq(seteuid(65534), 0);
	assert_refused(in_tmp("out"), "Permission denied");
	cr_assert_eq(seteuid(mine), 0);
	cr_assert_eq(chmod(in_tmp("out"), 0755), 0);
}

Test(results, a_read_only_file_system_is_refused)
{
	results_mount("ro", "size=1m");
	cr_assert_eq(mount(NULL, in_tmp("ro"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_refused(in_tmp("ro"), "Read-only");
	results_umount("ro");
}

/* Take all space that is left there but LEAVE bytes. */
static void fill(const char *path, off_t leave)
{
	char block[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	cr_assert_geq(fd, 0);
	memset(block, 'f', sizeof(block));
	off_t size = 0;
	for (ssize_t n; (n = write(fd, block, sizeof(block))) > 0;)
		size += n;
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(ftruncate(fd, size > leave ? size - leave : 0), 0);
	close(fd);
}

Test(results, a_full_disk_is_known_before_anything_boots)
{
	struct kt_results *r = NULL;
	struct kt_err err = {0};
	results_mount("full", "size=64k");
	fill(in_tmp("full/rest"), 0);
	cr_assert_lt(kt_results_begin(in_tmp("full"), &results_config, &r, &err), 0);
	cr_assert_not_null(strstr(err.text, "No space left"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, in_tmp("full")), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "free space"), "%s", err.fix);
	cr_assert_eq(results_count(in_tmp("full")), 2, "only the filling and .lock");
	results_umount("full");
}

Test(results, a_result_that_has_no_room_leaves_no_part_of_itself)
{
	struct kt_err err = {0};
	results_mount("small", "size=256k");
	struct kt_results *r = results_begin(in_tmp("small"));
	cr_assert_eq(results_add(r, "fits", 1024, &err), 0, "%s", err.text);
	/* run.json, .lock, and three files of the test without a log */
	unsigned before = results_count(kt_results_path(r));
	fill(in_tmp("small/rest"), 64 * 1024);

	cr_assert_lt(results_add(r, "too_large", 200 * 1024, &err), 0);
	cr_assert_not_null(
		strstr(err.text, "storing the result of test 'too_large'"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, "too_large.console.txt"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, "No space left"), "%s", err.text);
	cr_assert_not_null(strstr(err.fix, "free space"), "%s", err.fix);
	cr_assert_eq(results_count(kt_results_path(r)), before, "a part of it was left");

	/* The run can go on, and says what is missing. */
	cr_assert_eq(results_add(r, "fits_too", 1024, &err), 0, "%s", err.text);
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(r);
	cr_assert_eq(rec.tests.count, 3);
	cr_assert_null(rec.tests.items[1].file);
	cr_assert_str_eq(rec.tests.items[2].file, "fits_too.json");
	kt_results_free(r);
	results_umount("small");
}

Test(results, no_room_at_all_still_leaves_a_whole_run_json)
{
	struct kt_err err = {0};
	results_mount("small", "size=128k");
	struct kt_results *r = results_begin(in_tmp("small"));
	fill(in_tmp("small/rest"), 0);
	cr_assert_lt(results_add(r, "first", 1024, &err), 0);
	cr_assert_lt(kt_results_end(r, false, 0, &err), 0);
	cr_assert_not_null(strstr(err.text, "storing the end of the run"), "%s", err.text);
	cr_assert_eq(results_count(kt_results_path(r)), 2, "only run.json and .lock");
	KT_AUTO_DONE(kt_results_record_done) struct kt_results_record rec = record_of(r);
	cr_assert_eq(rec.state, KT_RESULTS_RUNNING);
	kt_results_free(r);
	results_umount("small");
}

/* A child that is killed in the middle of its run. */
static void leave_a_dead_run(void)
{
	int fds[2];
	char byte;
	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct kt_results *r = NULL;
		if (kt_results_begin(in_tmp("out"), &results_config, &r, NULL) < 0 ||
			write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	cr_assert_eq(read(fds[0], &byte, 1), 1);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
	close(fds[1]);
}

Test(results, temporary_files_of_a_killed_run_are_removed_by_the_next)
{
	struct kt_results_runs runs = {0};
	leave_a_dead_run();
	cr_assert_eq(kt_results_runs_read(in_tmp("out"), &runs, NULL), 0);
	cr_assert_eq(runs.list.count, 1);
	cr_assert_str_eq(kt_results_run_state(&runs.list.items[0]), "died");
	KT_AUTOFREE char *temp =
		kt_strf("%s/first.json.0123456789abcdef.tmp", runs.list.items[0].path);
	KT_AUTOFREE char *foreign = kt_strf("%s/notes.tmp", runs.list.items[0].path);
	cr_assert_eq(kt_fs_replace(temp, "half", 4, NULL), 0);
	cr_assert_eq(kt_fs_replace(foreign, "mine", 4, NULL), 0);
	put_file("out/latest.0123456789abcdef.tmp", "x");
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/.probe-abcdef"), NULL), 0);

	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	cr_assert_not_null(r);
	cr_assert_not(kt_fs_exists(in_tmp("out/.probe-abcdef")));
	cr_assert_not(kt_fs_exists(temp));
	cr_assert(kt_fs_exists(foreign), "a file of somebody else was removed");
	cr_assert_not(kt_fs_exists(in_tmp("out/latest.0123456789abcdef.tmp")));
	kt_results_runs_done(&runs);
}

static void make_old(const char *path)
{
	struct timeval times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	cr_assert_eq(utimes(in_tmp(path), times), 0);
}

Test(results, a_run_killed_before_it_had_a_record_is_removed_by_the_next)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/2026-01-01T000000-01"), NULL), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/2026-01-01T000000-02"), NULL), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/2026-01-01T000000-03"), NULL), 0);
	put_file("out/2026-01-01T000000-01/.lock", "");
	put_file("out/2026-01-01T000000-02/thesis.txt", "");
	make_old("out/2026-01-01T000000-01");
	make_old("out/2026-01-01T000000-02");
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	cr_assert_not_null(r);
	cr_assert_not(kt_fs_exists(in_tmp("out/2026-01-01T000000-01")));
	cr_assert(kt_fs_exists(in_tmp("out/2026-01-01T000000-02/thesis.txt")), "not ours");
	cr_assert(kt_fs_exists(in_tmp("out/2026-01-01T000000-03")), "it may be just beginning");
}

Test(results, temporary_files_of_a_live_run_are_left_alone)
{
	KT_AUTO(kt_results_free) struct kt_results *one = results_begin(in_tmp("out"));
	KT_AUTOFREE char *temp = kt_strf("%s/a.json.0123456789abcdef.tmp", kt_results_path(one));
	cr_assert_eq(kt_fs_replace(temp, "half", 4, NULL), 0);
	KT_AUTO(kt_results_free) struct kt_results *two = results_begin(in_tmp("out"));
	cr_assert_not_null(two);
	cr_assert(kt_fs_exists(temp));
}
