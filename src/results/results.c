// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run's folder. run.json is written again as tests are added, so that a run that dies has
 * said what it did until then; like every file here it is replaced whole or not at all.
 */
#include "results/results.h"

#include <signal.h>
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
#include "report/exit_status.h"
#include "report/sidecar.h"
#include "results/dir.h"
#include "results/record.h"
#include "results/stored.h"

#define LOCK_MS	   10000u /* who lists runs may look at the lock while it is taken */
#define TESTS_EACH 100u	  /* of so many run.json names each at once; longer, it costs more */
#define WRITE_MS   1000u

struct kt_results {
	char *path; /* of the run's folder */
	char *name; /* the same without DIR */
	struct kt_lock *lock;
	struct kt_results_record record;
	uint64_t next_ns; /* run.json of a long run is not written again before */
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
	int e = kt_fs_replace(path, json.text, json.len, err);
	if (e == 0)
		r->next_ns = kt_deadline_ms(WRITE_MS);
	return e;
}

static int write_record_in_time(struct kt_results *r, struct kt_err *err)
{
	bool is_due = r->record.tests.count <= TESTS_EACH || kt_deadline_passed(r->next_ns);
	return is_due ? write_record(r, err) : 0;
}

/* Cut the last name of a path, with its slashes; false when there is nothing left. */
static bool cut_name(char *path)
{
	size_t n = strlen(path);
	while (n && path[n - 1] == '/')
		n--;
	while (n && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	path[n] = '\0';
	return n > 0;
}

/* Of DIR and the folders above it, those that are not there. */
static unsigned count_missing(const char *dir)
{
	KT_AUTOFREE char *path = strdup(dir);
	unsigned count = 0;
	while (path && *path && !kt_fs_exists(path)) {
		count++;
		if (!cut_name(path))
			break;
	}
	return count;
}

/* Remove DIR and those above it, COUNT in all, unless somebody else uses them by now. */
static void remove_made(const char *dir, unsigned count)
{
	KT_AUTOFREE char *path = strdup(dir);
	bool is_left = path && *path;
	for (; is_left && count; count--) {
		(void)rmdir(path); /* not made, or not empty: then so are those above */
		is_left = cut_name(path);
	}
}

int kt_results_check(const char *dir, struct kt_err *err)
{
	KT_AUTOFREE char *probe = NULL;
	unsigned missing = count_missing(dir);
	int r = kt_fs_mkdirs(dir, err);
	if (r == 0)
		r = kt_fs_mkdtemp(dir, KT_RESULTS_PROBE, &probe, err);
	if (probe)
		(void)rmdir(probe); /* empty, and ours */
	remove_made(dir, missing);
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
	r->record.booted += kt_outcome_booted(o);
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
	int written = write_record_in_time(r, more);
	return stored < 0 ? stored : e < 0 ? e : written;
}

static int end(
	struct kt_results *r, enum kt_results_state state, int exit_status, struct kt_err *err)
{
	r->record.state = state;
	r->record.exit_status = exit_status;
	free(r->record.ended);
	r->record.ended = now_text();
	int e = write_record(r, err);
	return e < 0 ? kt_wrap(err, e, "storing the end of the run") : 0;
}

int kt_results_end(struct kt_results *r, bool interrupted, int exit_status, struct kt_err *err)
{
	return end(r, interrupted ? KT_RESULTS_INTERRUPTED : KT_RESULTS_FINISHED, exit_status, err);
}

/* What became of a run that has not said it. */
static enum kt_results_state state_from(bool machine_died, int exit_status)
{
	int sig = exit_status - KT_EXIT_SIGNAL;
	if (!machine_died && (sig == SIGINT || sig == SIGTERM || sig == SIGHUP))
		return KT_RESULTS_INTERRUPTED;
	return machine_died || sig > 0 ? KT_RESULTS_DIED : KT_RESULTS_FINISHED;
}

int kt_results_settle(struct kt_results *r, bool machine_died, int exit_status, struct kt_err *err)
{
	struct kt_results_record inner = {0};
	int e = kt_results_record_read(r->path, &inner, err);
	if (e < 0)
		return e;
	kt_results_record_done(&r->record);
	r->record = inner;
	kt_results_dir_sweep_run(r->path);
	if (r->record.state == KT_RESULTS_RUNNING) {
		kt_results_stored_add(r->path, &r->record);
		return end(r, state_from(machine_died, exit_status), exit_status, err);
	}
	/* It has ended, but a report that was lost on the way here makes another status. */
	return r->record.exit_status == exit_status ? 0 : end(r, r->record.state, exit_status, err);
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
