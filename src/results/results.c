// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run's folder. run.json is written again after each test, so that a run that dies has
 * said what it did until then; like every file here it is replaced whole or not at all.
 */
#include "results/results.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/sidecar.h"
#include "results/dir.h"
#include "results/record.h"

#define LOCK_MS	     10000u /* who lists runs may look at the lock while it is taken */
#define FIRST_SIGNAL 128    /* exit statuses from here on mean that a signal ended it */

struct kt_results {
	char *path; /* of the run's folder */
	char *name; /* the same without DIR */
	struct kt_lock *lock;
	struct kt_results_record record;
};

static int fail_memory(struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free some memory", "out of memory for the results");
}

static char *now_text(void)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[40] = "";
	if (gmtime_r(&now, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return strdup(text);
}

static char *copy_of(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

static char *boot_id(void)
{
	struct kt_str text = {0};
	/* NULL is "not known", which everybody can live with. */
	(void)kt_fs_read("/proc/sys/kernel/random/boot_id", 256, &text, NULL);
	if (text.len)
		kt_str_cut(&text, strcspn(text.text, "\n"));
	return kt_str_take(&text);
}

/* What cannot be copied for want of memory reads as not known. */
static void fill_record(const struct kt_results_config *config, struct kt_results_record *rec)
{
	struct utsname uts;
	uname(&uts);
	*rec = (struct kt_results_record){
		.program = copy_of(config->program),
		.command = copy_of(config->command),
		.started = now_text(),
		.host = kt_strf("%s %s %s %s", uts.sysname, uts.nodename, uts.release, uts.machine),
		.boot_id = boot_id(),
		.accel_name = copy_of(config->accel_name),
		.accel_reason = copy_of(config->accel_reason),
		.kernel_id = copy_of(config->kernel_id),
		.kernel_path = copy_of(config->kernel_path),
		.kernel_kind = copy_of(config->kernel_kind),
		.seed = config->seed,
		.total = config->total,
	};
}

static int write_record(struct kt_results *r, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str json = {0};
	KT_AUTOFREE char *path = kt_strf("%s/" KT_RESULTS_FILE, r->path);
	kt_results_record_json(&r->record, r->name, &json);
	if (!path || json.failed)
		return fail_memory(err);
	return kt_fs_replace(path, json.text, json.len, err);
}

int kt_results_check(const char *dir, struct kt_err *err)
{
	KT_AUTOFREE char *probe = NULL;
	bool is_there = kt_fs_exists(dir);
	int r = kt_fs_mkdirs(dir, err);
	if (r == 0)
		r = kt_fs_mkdtemp(dir, KT_RESULTS_PROBE, &probe, err);
	if (probe)
		(void)rmdir(probe); /* empty, and ours */
	if (!is_there)
		(void)rmdir(dir); /* unless somebody else uses it by now */
	return r < 0 ? kt_wrap(err, r, "results folder '%s'", dir) : 0;
}

static int lock_run(struct kt_results *r, struct kt_err *err)
{
	KT_AUTOFREE char *path = kt_strf("%s/" KT_RESULTS_LOCK, r->path);
	KT_AUTOFREE char *purpose = kt_strf("run of %s", r->record.program ?: "a test program");
	if (!path || !purpose)
		return fail_memory(err);
	int e = kt_lock_take(path, purpose, kt_deadline_ms(LOCK_MS), &r->lock, err);
	if (e != -ENOSYS && e != -EOPNOTSUPP && e != -ENOLCK)
		return e;
	kt_err_clear(err); /* said by kt_results_dir_lock() */
	return 0;
}

/* The folder, locked and with its run.json, or nothing. */
static int make_run(struct kt_results *r, const char *dir, struct kt_err *err)
{
	int e = kt_results_dir_make(dir, &r->name, err);
	if (e < 0)
		return e;
	r->path = kt_strf("%s/%s", dir, r->name);
	if (!r->path)
		return fail_memory(err);
	e = lock_run(r, err);
	if (e == 0)
		e = write_record(r, err);
	if (e < 0)
		(void)kt_fs_remove_tree(r->path, NULL); /* the first failure is the one to tell */
	return e;
}

static int begin(struct kt_results *r, const char *dir, struct kt_err *err)
{
	KT_AUTO(kt_lock_free) struct kt_lock *lock = NULL;
	int e = kt_fs_mkdirs(dir, err);
	if (e == 0)
		e = kt_results_dir_lock(dir, &lock, err);
	if (e == 0)
		e = make_run(r, dir, err);
	if (e < 0)
		return e;
	struct kt_err link_err = {0};
	if (kt_results_dir_link(dir, r->name, &link_err) < 0)
		kt_log(KT_LOG_WARN, "%s (%s)", link_err.text, link_err.fix);
	kt_results_dir_sweep(dir);
	return 0;
}

int kt_results_begin(const char *dir, const struct kt_results_config *config,
	struct kt_results **ret, struct kt_err *err)
{
	KT_AUTO(kt_results_free) struct kt_results *r = calloc(1, sizeof(*r));
	if (!r)
		return fail_memory(err);
	fill_record(config, &r->record);
	int e = begin(r, dir, err);
	if (e < 0)
		return kt_wrap(err, e, "results folder '%s'", dir);
	*ret = KT_TAKE(r);
	return 0;
}

int kt_results_adopt(const char *run_dir, struct kt_results **ret, struct kt_err *err)
{
	KT_AUTO(kt_results_free) struct kt_results *r = calloc(1, sizeof(*r));
	const char *slash = strrchr(run_dir, '/');
	if (!r || !(r->path = strdup(run_dir)) || !(r->name = strdup(slash ? slash + 1 : run_dir)))
		return fail_memory(err);
	int e = kt_results_record_read(run_dir, &r->record, err);
	if (e < 0)
		return kt_wrap(err, e, "the run's folder that " KT_RESULTS_ENV " names");
	*ret = KT_TAKE(r);
	return 0;
}

const char *kt_results_path(const struct kt_results *r)
{
	return r->path;
}

static int add_test(struct kt_results *r, const struct kt_outcome *o, const struct kt_verdict *v,
	bool is_stored, struct kt_err *err)
{
	KT_AUTOFREE char *stem = kt_sidecar_stem(o);
	struct kt_results_test t = {
		.name = strdup(o->test->name),
		.repeat = KT_MAX(o->repeat, 1u),
		.repeats = KT_MAX(o->repeats, 1u),
		.verdict = v->kind,
		.interrupted = o->end == KT_END_INTERRUPTED,
		.file = is_stored && stem ? kt_strf("%s.json", stem) : NULL,
	};
	r->record.booted += o->hello;
	if (t.name && (t.file || !is_stored) && kt_vec_push(&r->record.tests, t) == 0)
		return 0;
	free(t.name);
	free(t.file);
	return fail_memory(err);
}

int kt_results_add(struct kt_results *r, const struct kt_outcome *o, const struct kt_verdict *v,
	struct kt_err *err)
{
	int stored = kt_sidecar_write(o, v, r->path, err);
	/* One failure is told: what comes after it has most likely the same cause. */
	struct kt_err *more = stored < 0 ? NULL : err;
	int e = add_test(r, o, v, stored == 0, more);
	int written = write_record(r, more);
	return stored < 0 ? stored : e < 0 ? e : written;
}

int kt_results_end(struct kt_results *r, bool interrupted, int exit_status, struct kt_err *err)
{
	r->record.state = interrupted ? KT_RESULTS_INTERRUPTED : KT_RESULTS_FINISHED;
	r->record.exit_status = exit_status;
	free(r->record.ended);
	r->record.ended = now_text();
	int e = write_record(r, err);
	return e < 0 ? kt_wrap(err, e, "storing the end of the run") : 0;
}

int kt_results_settle(struct kt_results *r, int exit_status, struct kt_err *err)
{
	struct kt_results_record inner = {0};
	int e = kt_results_record_read(r->path, &inner, err);
	if (e < 0)
		return e;
	kt_results_record_done(&r->record);
	r->record = inner;
	if (r->record.state != KT_RESULTS_RUNNING)
		return 0;
	return kt_results_end(r, exit_status >= FIRST_SIGNAL, exit_status, err);
}

void kt_results_free(struct kt_results *r)
{
	if (!r)
		return;
	kt_results_record_done(&r->record);
	kt_lock_free(r->lock);
	free(r->path);
	free(r->name);
	free(r);
}
