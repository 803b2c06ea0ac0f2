// SPDX-License-Identifier: GPL-2.0-only
/* The folder of all runs: which there are, and whether they are alive. */
#include "results/dir.h"

#include <fcntl.h>
#include <sys/time.h>
#include <time.h>

#include "unit/results/results.h"

static struct kt_results_runs runs;

static void done(void)
{
	kt_results_runs_done(&runs);
	tmpdir_remove();
}

TestSuite(results_dir, .init = tmpdir_make, .fini = done);

static void read_all(void)
{
	struct kt_err err = {0};
	cr_assert_eq(kt_results_runs_read(tmpdir, &runs, &err), 0, "%s", err.text);
}

static const char *state_of(size_t i)
{
	cr_assert_lt(i, runs.list.count);
	return kt_results_run_state(&runs.list.items[i]);
}

/* A run folder NAME whose record says this. */
static void put_run(const char *name, enum kt_results_state state, const char *boot_id)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_results_record rec = {.state = state, .boot_id = (char *)boot_id};
	char file[256];
	kt_results_record_json(&rec, name, &text);
	cr_assert_eq(kt_fs_mkdirs(in_tmp(name), NULL), 0);
	snprintf(file, sizeof(file), "%s/" KT_RESULTS_FILE, name);
	put_file(file, kt_str_get(&text));
}

static void make_older(const char *name, time_t seconds)
{
	struct timeval times[2] = {
		{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};
	cr_assert_eq(utimes(in_tmp(name), times), 0);
}

static const char *this_boot(void)
{
	static struct kt_str id;
	kt_str_done(&id);
	cr_assert_eq(kt_fs_read("/proc/sys/kernel/random/boot_id", 256, &id, NULL), 0);
	kt_str_cut(&id, strcspn(kt_str_get(&id), "\n"));
	return kt_str_get(&id);
}

Test(results_dir, a_folder_that_is_not_there_has_no_runs)
{
	cr_assert_eq(kt_results_runs_read(in_tmp("nothing"), &runs, NULL), 0);
	cr_assert_eq(runs.list.count, 0);
}

Test(results_dir, runs_come_newest_first_and_other_entries_do_not_count)
{
	put_run("2026-11-24T133239-02", KT_RESULTS_FINISHED, "b");
	put_run("2026-11-24T133239-01", KT_RESULTS_INTERRUPTED, "b");
	put_run("2026-11-25T000000-01", KT_RESULTS_FINISHED, "b");
	put_run("my-own-results", KT_RESULTS_FINISHED, "b");
	put_run("2026-11-24T133239-01x", KT_RESULTS_FINISHED, "b");
	put_file("2026-11-24T133239-03", "a file");
	read_all();
	cr_assert_eq(runs.list.count, 3);
	cr_assert_str_eq(runs.list.items[0].name, "2026-11-25T000000-01");
	cr_assert_str_eq(runs.list.items[1].name, "2026-11-24T133239-02");
	cr_assert_str_eq(runs.list.items[2].name, "2026-11-24T133239-01");
	cr_assert_str_eq(state_of(0), "finished");
	cr_assert_str_eq(state_of(2), "interrupted");
}

Test(results_dir, a_run_whose_lock_is_held_is_running)
{
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(tmpdir);
	cr_assert_not_null(r);
	read_all();
	cr_assert_str_eq(state_of(0), "running");
	cr_assert_eq(runs.list.items[0].life, KT_LIFE_ALIVE);
}

Test(results_dir, a_run_whose_lock_is_free_has_died)
{
	kt_results_free(results_begin(tmpdir));
	read_all();
	cr_assert_str_eq(state_of(0), "died");
	cr_assert_eq(runs.list.items[0].life, KT_LIFE_ENDED);
}

Test(results_dir, of_a_run_in_another_machine_the_lock_says_nothing)
{
	put_run("2026-11-24T133239-01", KT_RESULTS_RUNNING, "another boot");
	put_run("2026-11-24T133239-02", KT_RESULTS_RUNNING, this_boot());
	read_all();
	cr_assert_str_eq(state_of(0), "died");
	cr_assert_str_eq(state_of(1), "unknown");
	kt_results_runs_done(&runs);
	make_older("2026-11-24T133239-01/" KT_RESULTS_FILE, 25 * 60 * 60);
	read_all();
	cr_assert_str_eq(state_of(1), "died");
}

Test(results_dir, a_folder_without_run_json_may_be_one_that_begins)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("2026-11-24T133239-01"), NULL), 0);
	read_all();
	cr_assert_str_eq(state_of(0), "unknown");
	kt_results_runs_done(&runs);
	make_older("2026-11-24T133239-01", 120);
	read_all();
	cr_assert_str_eq(state_of(0), "damaged");
	cr_assert_not_null(strstr(runs.list.items[0].why_not, KT_RESULTS_FILE));
}

Test(results_dir, the_size_is_that_of_all_files)
{
	put_run("2026-11-24T133239-01", KT_RESULTS_FINISHED, "b");
	read_all();
	uint64_t before = runs.list.items[0].bytes;
	kt_results_runs_done(&runs);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("2026-11-24T133239-01/kept"), NULL), 0);
	put_file("2026-11-24T133239-01/kept/memory", "0123456789");
	read_all();
	cr_assert_eq(runs.list.items[0].bytes, before + 10);
}

Test(results_dir, names_sort_by_the_order_of_beginning)
{
	char *before = NULL;
	for (unsigned i = 0; i < 120; i++) { /* more than fit into one second */
		char *name = NULL;
		cr_assert_eq(kt_results_dir_make(tmpdir, &name, NULL), 0);
		cr_assert(!before || strcmp(before, name) < 0, "%s then %s", before, name);
		free(before);
		before = name;
	}
	free(before);
}

Test(results_dir, the_link_is_replaced_and_relative)
{
	char target[64] = "";
	cr_assert_eq(kt_results_dir_link(tmpdir, "one", NULL), 0);
	cr_assert_eq(kt_results_dir_link(tmpdir, "two", NULL), 0);
	cr_assert_gt(readlink(in_tmp("latest"), target, sizeof(target) - 1), 0);
	cr_assert_str_eq(target, "two");
	cr_assert_eq(results_count(tmpdir), 1);
}
