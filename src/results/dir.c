// SPDX-License-Identifier: GPL-2.0-only
/*
 * The folder of all runs. A run is alive while the lock in its folder is held; the kernel
 * frees it however the process ends. Locks are not seen across machines, so a run that began
 * under another boot of a kernel is only taken for dead when it was silent for a day.
 */
#include "results/dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "results/results.h"
#include "results/stored.h"

#define LOCK_MS	     30000u
#define SILENT_S     (24 * 60 * 60)
#define BEGINNING_S  60	 /* a folder without run.json so young may be one that is being made */
#define PER_SECOND   99u /* runs that can begin in one second; the next take the next */
#define SECONDS_MAX  60u
#define DEPTH_MAX    16u
#define TAG_DIGITS   16u /* of kt_fs_replace()'s temporary files: NAME.TAG.tmp */
#define NAME_PATTERN "dddd-dd-ddTdddddd-dd"

static bool is_run_name(const char *name)
{
	const char *p = NAME_PATTERN;
	for (; *p; p++, name++)
		if (*p == 'd' ? *name < '0' || *name > '9' : *name != *p)
			return false;
	return !*name;
}

static bool is_temporary(const char *name)
{
	size_t tail = TAG_DIGITS + strlen("..tmp"), len = strlen(name);
	if (len <= tail || !kt_ends_with(name, ".tmp") || name[len - tail] != '.')
		return false;
	return strspn(name + len - tail + 1, "0123456789abcdef") == TAG_DIGITS;
}

int kt_results_dir_lock(const char *dir, struct kt_lock **ret, struct kt_err *err)
{
	KT_AUTOFREE char *path = kt_strf("%s/" KT_RESULTS_LOCK, dir);
	if (!path)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	*ret = NULL;
	int r = kt_lock_take(path, "changing the set of runs", kt_deadline_ms(LOCK_MS), ret, err);
	if (r != -ENOSYS && r != -EOPNOTSUPP && r != -ENOLCK)
		return r;
	kt_log(KT_LOG_DEBUG, "%s has no locks: runs there are not protected from each other", dir);
	kt_err_clear(err);
	return 0;
}

static int fail_make(const char *path, int errnum, struct kt_err *err)
{
	const char *fix = errnum == ENOSPC || errnum == EDQUOT ? "free space on that file system"
			  : errnum == EROFS ? "choose a folder on a writable file system"
					    : "choose a folder that you may write to";
	return kt_fail(err, errnum, fix, "cannot make folder '%s': %s", path, strerror(errnum));
}

int kt_results_dir_make(const char *dir, char **ret_name, struct kt_err *err)
{
	time_t start = time(NULL);
	for (unsigned i = 0; i < SECONDS_MAX * PER_SECOND; i++) {
		time_t t = start + (time_t)(i / PER_SECOND);
		struct tm tm;
		char stamp[32] = "1970-01-01T000000";
		if (gmtime_r(&t, &tm))
			strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H%M%S", &tm);
		KT_AUTOFREE char *name = kt_strf("%s-%02u", stamp, i % PER_SECOND + 1);
		KT_AUTOFREE char *path = name ? kt_strf("%s/%s", dir, name) : NULL;
		if (!path)
			return kt_fail(err, ENOMEM, "free some memory", "out of memory");
		if (mkdir(path, 0777) == 0) {
			*ret_name = KT_TAKE(name);
			return 0;
		}
		if (errno != EEXIST)
			return fail_make(path, errno, err);
	}
	return kt_fail(err, EEXIST, "start fewer runs at once, or give them folders of their own",
		"'%s' has %u runs of the last minute already", dir, SECONDS_MAX * PER_SECOND);
}

int kt_results_dir_link(const char *dir, const char *name, struct kt_err *err)
{
	unsigned long long tag = 0;
	if (getrandom(&tag, sizeof(tag), 0) != (ssize_t)sizeof(tag))
		tag = kt_now_ns(); /* unique enough: the folder is locked */
	KT_AUTOFREE char *path = kt_strf("%s/" KT_RESULTS_LATEST, dir);
	KT_AUTOFREE char *temp = kt_strf("%s/" KT_RESULTS_LATEST ".%016llx.tmp", dir, tag);
	if (!path || !temp)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	int errnum = symlink(name, temp) < 0 ? errno : 0;
	if (!errnum && rename(temp, path) < 0) {
		errnum = errno;
		(void)unlink(temp); /* the failure to be told is that of rename() */
	}
	if (!errnum)
		return 0;
	return kt_fail(err, errnum, "remove what has that name, or choose another folder",
		"cannot make the link '%s': %s", path, strerror(errnum));
}

/* Whether somebody holds the lock of a run's folder. A shared try disturbs nobody for long. */
static bool is_locked(const char *run_dir)
{
	KT_AUTOFREE char *path = kt_strf("%s/" KT_RESULTS_LOCK, run_dir);
	KT_AUTOFD int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* Whether PATH was not changed for so long. Nothing from the future is old. */
static bool is_older(const char *path, time_t seconds)
{
	struct stat st;
	return path && !lstat(path, &st) && time(NULL) - st.st_mtime > seconds;
}

static bool is_of_this_boot(const char *boot_id)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str mine = {0};
	if (!boot_id || kt_fs_read("/proc/sys/kernel/random/boot_id", 256, &mine, NULL) < 0)
		return false;
	return strncmp(kt_str_get(&mine), boot_id, strlen(boot_id)) == 0 && *boot_id;
}

static enum kt_results_life life_of(const struct kt_results_run *run)
{
	if (is_locked(run->path))
		return KT_LIFE_ALIVE;
	if (!run->has_record)
		return is_older(run->path, BEGINNING_S) ? KT_LIFE_ENDED : KT_LIFE_UNKNOWN;
	if (run->record.state != KT_RESULTS_RUNNING || is_of_this_boot(run->record.boot_id))
		return KT_LIFE_ENDED;
	KT_AUTOFREE char *file = kt_strf("%s/" KT_RESULTS_FILE, run->path);
	return is_older(file, SILENT_S) ? KT_LIFE_ENDED : KT_LIFE_UNKNOWN;
}

const char *kt_results_run_state(const struct kt_results_run *run)
{
	bool is_running = !run->has_record || run->record.state == KT_RESULTS_RUNNING;
	if (!is_running)
		return kt_results_state_name(run->record.state);
	switch (run->life) {
	case KT_LIFE_ALIVE:
		return "running";
	case KT_LIFE_UNKNOWN:
		return "unknown";
	case KT_LIFE_ENDED:
		break;
	}
	return run->has_record ? "died" : "damaged";
}

static int is_foreign(void *arg, const char *name)
{
	(void)arg;
	bool is_ours = is_temporary(name) && kt_starts_with(name, KT_RESULTS_FILE ".");
	return !is_ours && strcmp(name, KT_RESULTS_LOCK) != 0;
}

bool kt_results_run_is_stillborn(const struct kt_results_run *run)
{
	return !run->has_record && run->life == KT_LIFE_ENDED &&
	       kt_fs_each(run->path, is_foreign, NULL, NULL) == 0;
}

struct size {
	const char *dir;
	unsigned depth;
	uint64_t bytes;
};

/* What cannot be looked at has no size: it is shown, not relied on. */
static int add_size(void *arg, const char *name)
{
	struct size *s = arg;
	KT_AUTOFREE char *path = kt_strf("%s/%s", s->dir, name);
	struct stat st;
	if (!path || lstat(path, &st) < 0)
		return 0;
	s->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	if (!S_ISDIR(st.st_mode) || s->depth >= DEPTH_MAX)
		return 0;
	struct size inner = {.dir = path, .depth = s->depth + 1};
	(void)kt_fs_each(path, add_size, &inner, NULL);
	s->bytes += inner.bytes;
	return 0;
}

static void run_done(struct kt_results_run *run)
{
	kt_results_record_done(&run->record);
	free(run->name);
	free(run->path);
	free(run->why_not);
}

/* All but the size. False when memory is out. */
static bool read_run(const char *dir, const char *name, struct kt_results_run *ret)
{
	struct kt_err err = {0};
	*ret = (struct kt_results_run){.name = strdup(name), .path = kt_strf("%s/%s", dir, name)};
	if (!ret->name || !ret->path) {
		run_done(ret);
		return false;
	}
	ret->has_record = kt_results_record_read(ret->path, &ret->record, &err) == 0;
	if (!ret->has_record)
		ret->why_not = strdup(err.text);
	else if (ret->record.state == KT_RESULTS_RUNNING)
		kt_results_stored_add(ret->path, &ret->record);
	ret->life = life_of(ret);
	return true;
}

struct reading {
	const char *dir;
	struct kt_results_runs *runs;
};

static bool is_folder(const char *dir, const char *name)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, name);
	struct stat st;
	return path && !lstat(path, &st) && S_ISDIR(st.st_mode);
}

static int add_run(void *arg, const char *name)
{
	struct reading *in = arg;
	struct kt_results_run run;
	if (!is_run_name(name) || !is_folder(in->dir, name))
		return 0;
	if (!read_run(in->dir, name, &run))
		return -ENOMEM;
	struct size size = {.dir = run.path};
	(void)kt_fs_each(run.path, add_size, &size, NULL); /* shown only */
	run.bytes = size.bytes;
	if (kt_vec_push(&in->runs->list, run) == 0)
		return 0;
	run_done(&run);
	return -ENOMEM;
}

int kt_results_runs_read(const char *dir, struct kt_results_runs *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_results_runs_done) struct kt_results_runs runs = {0};
	struct reading in = {.dir = dir, .runs = &runs};
	int r = kt_fs_exists(dir) ? kt_fs_each(dir, add_run, &in, err) : 0;
	if (r == -ENOMEM)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	if (r < 0)
		return r;
	/* kt_fs_each() sorts by name, which is by time. */
	for (size_t i = 0; i < runs.list.count / 2; i++) {
		struct kt_results_run *a = &runs.list.items[i];
		struct kt_results_run *b = &runs.list.items[runs.list.count - 1 - i];
		struct kt_results_run swapped = *a;
		*a = *b;
		*b = swapped;
	}
	*ret = runs;
	runs = (struct kt_results_runs){0};
	return 0;
}

void kt_results_runs_done(struct kt_results_runs *runs)
{
	kt_vec_each(run, &runs->list)
		run_done(run);
	kt_vec_done(&runs->list);
}

static int remove_temporary(void *arg, const char *name)
{
	const char *dir = arg;
	bool is_probe = kt_starts_with(name, KT_RESULTS_PROBE);
	KT_AUTOFREE char *path =
		is_probe || is_temporary(name) ? kt_strf("%s/%s", dir, name) : NULL;
	/* Whoever still probes has found out what it wanted to know. */
	if (path && (is_probe ? rmdir(path) : unlink(path)) < 0 && errno != ENOENT)
		kt_log(KT_LOG_DEBUG, "cannot remove '%s': %s", path, strerror(errno));
	return 0;
}

void kt_results_dir_sweep_run(const char *run_dir)
{
	/* Each failure is logged. */
	(void)kt_fs_each(run_dir, remove_temporary, (void *)run_dir, NULL);
}

/* Stops at a temporary file; notes run.json on its way. */
static int look_for_waste(void *arg, const char *name)
{
	bool *is_sound = arg;
	*is_sound = *is_sound || strcmp(name, KT_RESULTS_FILE) == 0;
	return is_temporary(name);
}

/* Most runs have a run.json and no temporary files; only the others are worth reading. */
static bool has_waste(const char *path)
{
	bool is_sound = false;
	return kt_fs_each(path, look_for_waste, &is_sound, NULL) == 1 || !is_sound;
}

static int sweep_run(void *arg, const char *name)
{
	const char *dir = arg;
	struct kt_results_run run;
	KT_AUTOFREE char *path = is_run_name(name) ? kt_strf("%s/%s", dir, name) : NULL;
	if (!path || !is_folder(dir, name) || !has_waste(path) || !read_run(dir, name, &run))
		return 0;
	struct kt_err err = {0};
	if (run.life == KT_LIFE_ENDED && !kt_results_run_is_stillborn(&run))
		kt_results_dir_sweep_run(path);
	else if (run.life == KT_LIFE_ENDED && kt_fs_remove_tree(path, &err) < 0)
		kt_log(KT_LOG_DEBUG, "%s", err.text);
	run_done(&run);
	return 0;
}

void kt_results_dir_sweep(const char *dir)
{
	/* Of the link, which is only made under the lock; then of the runs. */
	(void)kt_fs_each(dir, remove_temporary, (void *)dir, NULL);
	(void)kt_fs_each(dir, sweep_run, (void *)dir, NULL);
}
