// SPDX-License-Identifier: GPL-2.0-only
/*
 * Removing old runs. What is removed is a folder with the name of a run that holds our
 * run.json, or that died before it had one and holds nothing that is not ours.
 */
#include "results/clean.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "results/results.h"

#define LOCK_MS 500u /* who lists runs holds it for an instant */

/* Why the run stays; NULL when it may go. */
static const char *reason_to_keep(const struct kt_results_run *run)
{
	switch (run->life) {
	case KT_LIFE_ALIVE:
		return "it is running";
	case KT_LIFE_UNKNOWN:
		return "it may be running in another machine, or is just beginning";
	case KT_LIFE_ENDED:
		break;
	}
	if (!run->has_record && !kt_results_run_is_stillborn(run))
		return run->why_not ?: "it is not the folder of a run";
	return NULL;
}

/* 0; 1 when somebody took the run meanwhile; -errno. */
static int remove_run(const struct kt_results_run *run, struct kt_err *err)
{
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	KT_AUTOFREE char *path = kt_strf("%s/" KT_RESULTS_LOCK, run->path);
	if (!path)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	int r = kt_lock_take(path, "removing it", kt_deadline_ms(LOCK_MS), &lock, err);
	if (r == -EBUSY)
		return 1;
	if (r < 0 && r != -ENOSYS && r != -EOPNOTSUPP && r != -ENOLCK)
		return r;
	return kt_fs_remove_tree(run->path, err);
}

static int clean_run(const struct kt_results_run *run, const struct kt_results_cleaning *cleaning,
	struct kt_err *err)
{
	struct kt_err why = {0};
	const char *keep = reason_to_keep(run);
	int r = keep || cleaning->dry_run ? 0 : remove_run(run, &why);
	if (r < 0) {
		cleaning->on_run(cleaning->arg, run, KT_CLEAN_FAILED, why.text);
		if (err)
			*err = why;
		return r;
	}
	if (r > 0)
		keep = "it is in use";
	cleaning->on_run(cleaning->arg, run, keep ? KT_CLEAN_SKIPPED : KT_CLEAN_REMOVED, keep);
	return 0;
}

/* A link that leads nowhere would only confuse. */
static void drop_dangling_link(const char *dir)
{
	KT_AUTOFREE char *path = kt_strf("%s/" KT_RESULTS_LATEST, dir);
	struct stat st;
	if (path && !lstat(path, &st) && S_ISLNK(st.st_mode) && stat(path, &st) < 0)
		(void)unlink(path); /* it is only for convenience */
}

int kt_results_clean(
	const char *dir, const struct kt_results_cleaning *cleaning, struct kt_err *err)
{
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	KT_AUTO_DONE(kt_results_runs_done) struct kt_results_runs runs = {0};
	if (!kt_fs_exists(dir))
		return kt_fail(err, ENOENT, "name the folder of the runs with --dir",
			"there is no results folder '%s'", dir);
	int r = cleaning->dry_run ? 0 : kt_results_dir_lock(dir, &lock, err);
	if (r == 0)
		r = kt_results_runs_read(dir, &runs, err);
	if (r < 0)
		return kt_wrap(err, r, "results folder '%s'", dir);
	for (size_t i = cleaning->keep; i < runs.list.count; i++) {
		int one = clean_run(&runs.list.items[i], cleaning, err);
		r = one < 0 ? one : r;
	}
	if (!cleaning->dry_run)
		drop_dangling_link(dir);
	return r;
}
