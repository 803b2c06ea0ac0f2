// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preparing a run. The order is that of cost: what can be refused cheaply is refused before a
 * kernel is looked for, and a kernel is found before a machine is made.
 */
#include "run/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/kernel.h"
#include "run/reenter.h"
#include "softkvm/inside.h"
#include "softkvm/launch.h"

/* Why the machine outside chose softkvm, for the results written inside. */
#define REASON_ENV "KTSTR_ACCEL_REASON"

/* Nothing matched: which glob, and what may have been meant. */
static int none_selected(
	const struct kt_run_options *o, const struct kt_registry *all, struct kt_err *err)
{
	const char *glob = NULL;
	for (size_t i = 0; !glob && i < o->filter_count; i++)
		if (o->filters[i][0] != '!')
			glob = o->filters[i];
	if (!glob)
		return kt_fail(err, ENOENT, "--list without --filter shows all names",
			"--filter '%s' leaves none of %zu tests", o->filters[0], all->count);
	const char *near = kt_registry_nearest(all, glob);
	kt_fail(err, ENOENT, "--list without --filter shows all names",
		"no test matches --filter '%s' (%zu in this program)", glob, all->count);
	if (near)
		kt_fix(err, "did you mean '%s'? --list without --filter shows all names", near);
	return -ENOENT;
}

int kt_run_session_select(struct kt_run_session *s, struct kt_err *err)
{
	KT_AUTO_DONE(kt_registry_done) struct kt_registry all = {0};
	int r = kt_registry_freeze(&all, err);
	if (r == 0 && !all.count)
		return kt_fail(
			err, ENOENT, "declare one with KTSTR_TEST", "this program has no tests");
	if (r == 0)
		r = kt_registry_freeze(&s->tests, err);
	if (r < 0)
		return r;
	kt_registry_filter(&s->tests, s->o->filters, s->o->filter_count);
	return s->tests.count ? 0 : none_selected(s->o, &all, err);
}

static int choose_accel(struct kt_run_session *s, struct kt_err *err)
{
	int r = kt_accel_choose(s->o->accel, &s->accel, err);
	if (r < 0)
		return r;
	const char *outside = getenv(REASON_ENV);
	if (kt_softkvm_inside() && outside && *outside)
		snprintf(s->accel.reason, sizeof(s->accel.reason), "%s", outside);
	kt_log(KT_LOG_DEBUG, "accelerator %s: %s", s->accel.name, s->accel.reason);
	return 0;
}

static struct kt_run_kernel_want want_of(const struct kt_run_options *o)
{
	return (struct kt_run_kernel_want){
		.which = o->kernel,
		.build = o->build_kernel,
		.progress = o->progress,
		.progress_end = o->progress_end,
	};
}

static int find_kernel(struct kt_run_session *s, struct kt_err *err)
{
	uint64_t start = kt_now_ns();
	struct kt_run_kernel_want want = want_of(s->o);
	int r = kt_run_kernel_get(&want, &s->kernel, err);
	s->kernel_ms = (kt_now_ns() - start) / KT_NS_PER_MS;
	if (r == 0)
		kt_log(KT_LOG_DEBUG, "kernel %s (%s), chosen by %s", s->kernel->id,
			s->kernel->release, s->kernel->by);
	return r;
}

static char *command_text(const struct kt_run_options *o)
{
	struct kt_str text = {0};
	for (int i = 0; i < o->argc; i++)
		kt_str_addf(&text, "%s%s", i ? " " : "", o->argv[i]);
	return kt_str_take(&text);
}

static int find_folders(struct kt_run_session *s, struct kt_err *err)
{
	s->self = kt_fs_self();
	s->output_dir = kt_fs_absolute(s->o->output_dir);
	s->command = command_text(s->o);
	if (!s->self || !s->output_dir || !s->command)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for paths");
	return kt_kcache_dir(&s->cache_dir, err);
}

int kt_run_session_begin(struct kt_run_session *s, struct kt_err *err)
{
	int r = find_folders(s, err);
	if (r == 0)
		r = choose_accel(s, err);
	if (r == 0)
		r = find_kernel(s, err);
	return r;
}

int kt_run_session_prepare(struct kt_run_session *s, struct kt_err *err)
{
	uint64_t start = kt_now_ns();
	int r = kt_run_image_make(s->self, s->cache_dir, KT_RUN_IMAGE_PACK_BYTES, &s->image, err);
	s->image_ms = (kt_now_ns() - start) / KT_NS_PER_MS;
	/* Last of all, so that a run that could not begin leaves no empty folder. */
	return r < 0 ? r : kt_fs_mkdirs(s->output_dir, err);
}

void kt_run_session_done(struct kt_run_session *s)
{
	kt_run_image_done(&s->image);
	kt_kernel_free(s->kernel);
	kt_registry_done(&s->tests);
	free(s->self);
	free(s->cache_dir);
	free(s->output_dir);
	free(s->command);
}

int kt_run_session_reenter(struct kt_run_session *s, int *ret_status, struct kt_err *err)
{
	KT_AUTO(kt_kernel_free) struct kt_kernel *machine = NULL;
	KT_AUTO_DONE(kt_run_reenter_argv_done) struct kt_run_reenter_argv argv = {0};
	struct kt_run_kernel_want want = want_of(s->o);
	want.for_softkvm = true;
	int r = kt_run_kernel_get(&want, &machine, err);
	if (r == 0)
		r = kt_run_reenter_argv(
			s->o, s->self, kt_run_reenter_kernel(s->kernel, s->cache_dir), &argv, err);
	if (r < 0)
		return r;

	KT_AUTOFREE char *cache = kt_strf("KTSTR_CACHE_DIR=%s", s->cache_dir);
	KT_AUTOFREE char *reason = kt_strf(REASON_ENV "=%s", s->accel.reason);
	if (!cache || !reason)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the environment");
	struct kt_softkvm_opts opts = {
		.argv = (const char *const *)argv.words.items,
		.kernel_path = machine->bzimage,
		.rw_dirs = (const char *const[]){s->output_dir, s->cache_dir, NULL},
		.env = (const char *const[]){cache, reason, NULL},
	};
	return kt_softkvm_run(&opts, ret_status, err);
}
