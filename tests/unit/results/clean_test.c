// SPDX-License-Identifier: GPL-2.0-only
/* Retention: what goes, what stays, and that both are said. */
#include "results/clean.h"

#include <sys/time.h>

#include "unit/results/results.h"

#define MAX 8

static struct {
	char name[MAX][64], why[MAX][256];
	enum kt_results_done done[MAX];
	unsigned count;
} said;

static void on_run(
	void *arg, const struct kt_results_run *run, enum kt_results_done done, const char *why)
{
	(void)arg;
	cr_assert_lt(said.count, MAX);
	snprintf(said.name[said.count], sizeof(said.name[0]), "%s", run->name);
	snprintf(said.why[said.count], sizeof(said.why[0]), "%s", why ? why : "");
	said.done[said.count++] = done;
}

static int clean(unsigned keep, bool dry_run)
{
	struct kt_results_cleaning cleaning = {.keep = keep, .dry_run = dry_run, .on_run = on_run};
	struct kt_err err = {0};
	said.count = 0;
	return kt_results_clean(in_tmp("out"), &cleaning, &err);
}

/* RUNS finished runs, the oldest first in NAMES. */
static void put_runs(unsigned count, char names[][64])
{
	for (unsigned i = 0; i < count; i++) {
		struct kt_results *r = results_begin(in_tmp("out"));
		cr_assert_eq(results_add(r, "first", 1024, NULL), 0);
		cr_assert_eq(kt_results_end(r, false, 0, NULL), 0);
		snprintf(names[i], 64, "%s", strrchr(kt_results_path(r), '/') + 1);
		kt_results_free(r);
	}
}

static bool is_there(const char *name)
{
	char path[128];
	snprintf(path, sizeof(path), "out/%s", name);
	return kt_fs_exists(in_tmp(path));
}

TestSuite(results_clean, .init = tmpdir_make, .fini = tmpdir_remove);

Test(results_clean, the_newest_runs_are_kept)
{
	char names[4][64];
	put_runs(4, names);
	cr_assert_eq(clean(2, false), 0);
	cr_assert_eq(said.count, 2);
	cr_assert_str_eq(said.name[0], names[1]);
	cr_assert_eq(said.done[0], KT_CLEAN_REMOVED);
	cr_assert(!is_there(names[0]) && !is_there(names[1]));
	cr_assert(is_there(names[2]) && is_there(names[3]) && is_there("latest/run.json"));
	cr_assert_eq(clean(2, false), 0);
	cr_assert_eq(said.count, 0);
}

Test(results_clean, a_dry_run_says_it_and_removes_nothing)
{
	char names[3][64];
	put_runs(3, names);
	cr_assert_eq(clean(1, true), 0);
	cr_assert_eq(said.count, 2);
	cr_assert_eq(said.done[0], KT_CLEAN_REMOVED);
	for (unsigned i = 0; i < 3; i++)
		cr_assert(is_there(names[i]));
}

Test(results_clean, without_runs_the_link_goes_too)
{
	char names[1][64];
	struct stat st;
	put_runs(1, names);
	cr_assert_eq(clean(0, false), 0);
	cr_assert_not(is_there(names[0]));
	cr_assert_lt(lstat(in_tmp("out/latest"), &st), 0);
}

Test(results_clean, a_run_that_is_alive_is_never_removed)
{
	char names[1][64];
	KT_AUTO(kt_results_free) struct kt_results *r = results_begin(in_tmp("out"));
	put_runs(1, names);
	cr_assert_eq(clean(0, false), 0);
	cr_assert_eq(said.count, 2);
	cr_assert_eq(said.done[0], KT_CLEAN_REMOVED);
	cr_assert_eq(said.done[1], KT_CLEAN_SKIPPED);
	cr_assert_not_null(strstr(said.why[1], "running"));
	cr_assert_eq(results_add(r, "first", 0, NULL), 0, "its folder is gone");
}

Test(results_clean, a_run_that_died_goes)
{
	kt_results_free(results_begin(in_tmp("out")));
	cr_assert_eq(clean(0, false), 0);
	cr_assert_eq(said.count, 1);
	cr_assert_eq(said.done[0], KT_CLEAN_REMOVED);
	cr_assert_eq(results_count(in_tmp("out")), 1, "only .lock");
}

static void make_old(const char *path)
{
	struct timeval times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	cr_assert_eq(utimes(in_tmp(path), times), 0);
}

Test(results_clean, what_a_run_left_that_died_before_its_run_json_goes)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/2026-11-24T133239-01"), NULL), 0);
	put_file("out/2026-11-24T133239-01/.lock", "");
	put_file("out/2026-11-24T133239-01/run.json.0123456789abcdef.tmp", "{");
	make_old("out/2026-11-24T133239-01");
	cr_assert_eq(clean(0, false), 0);
	cr_assert_eq(said.count, 1);
	cr_assert_eq(said.done[0], KT_CLEAN_REMOVED);
	cr_assert_not(is_there("2026-11-24T133239-01"));
}

Test(results_clean, folders_that_no_run_made_stay)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/2026-11-24T133239-01"), NULL), 0);
	put_file("out/2026-11-24T133239-01/thesis.txt", "");
	make_old("out/2026-11-24T133239-01");
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/2026-11-24T133239-02"), NULL), 0);
	put_file("out/2026-11-24T133239-02/run.json", "{\"marathon\": 42}");
	make_old("out/2026-11-24T133239-02");
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out/mine"), NULL), 0);
	cr_assert_eq(clean(0, false), 0);
	cr_assert_eq(said.count, 2);
	cr_assert_eq(said.done[0], KT_CLEAN_SKIPPED);
	cr_assert_eq(said.done[1], KT_CLEAN_SKIPPED);
	cr_assert_not_null(strstr(said.why[0], "run.json"));
	cr_assert(is_there("2026-11-24T133239-01/thesis.txt") && is_there("mine"));
}

Test(results_clean, a_link_to_a_run_is_not_followed)
{
	char names[1][64];
	put_runs(1, names);
	cr_assert_eq(rename(in_tmp("out"), in_tmp("elsewhere")), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("out"), NULL), 0);
	char target[128];
	snprintf(target, sizeof(target), "../elsewhere/%s", names[0]);
	cr_assert_eq(symlink(target, in_tmp("out/2026-11-24T133239-01")), 0);
	cr_assert_eq(clean(0, false), 0);
	cr_assert_eq(said.count, 0);
	cr_assert(is_there("2026-11-24T133239-01/run.json"));
}

Test(results_clean, what_cannot_be_removed_is_an_error_and_the_rest_goes)
{
	char names[2][64];
	put_runs(2, names);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		cr_skip_test("mounts are not permitted here: %s", strerror(errno));
	char busy[128];
	snprintf(busy, sizeof(busy), "out/%s/busy", names[1]);
	results_mount(busy, "size=64k");
	cr_assert_lt(clean(0, false), 0);
	cr_assert_eq(said.count, 2);
	cr_assert_eq(said.done[0], KT_CLEAN_FAILED);
	cr_assert_not_null(strstr(said.why[0], "mounted"));
	cr_assert_eq(said.done[1], KT_CLEAN_REMOVED);
	results_umount(busy);
}

Test(results_clean, a_folder_that_is_not_there_is_an_error)
{
	struct kt_results_cleaning cleaning = {.on_run = on_run};
	struct kt_err err = {0};
	cr_assert_lt(kt_results_clean(in_tmp("nothing"), &cleaning, &err), 0);
	cr_assert_not_null(strstr(err.text, "nothing"));
	cr_assert_not_null(strstr(err.fix, "--dir"));
}
