// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preparing a run. The order is that of cost: what can be refused cheaply is refused before a
 * kernel is looked for, and a kernel is found before a machine is made.
 */
#include "run/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "kernel/build.h"
#include "run/interrupt.h"
#include "softkvm/inside.h"
#include "softkvm/launch.h"

/* Why the machine outside chose softkvm, for the results written inside. */
#define REASON_ENV "KTSTR_ACCEL_REASON"

int kt_run_session_select(struct kt_run_session *s, struct kt_err *err)
{
	int r = kt_registry_freeze(&s->tests, err);
	if (r < 0)
		return r;
	if (!s->tests.count)
		return kt_fail(err, ENOENT, "declare one with KTSTR_TEST",
			"this program has no tests");
	struct kt_registry all = s->tests;
	size_t total = s->tests.count;
	KT_AUTOFREE const struct ktstr_test **kept = calloc(total, sizeof(*kept));
	if (!kept)
		return kt_fail(err, ENOMEM, "free some memory", "no memory to select tests");
	memcpy(kept, all.tests, total * sizeof(*kept));
	kt_registry_filter(&s->tests, s->o->filters, s->o->filter_count);
	if (s->tests.count)
		return 0;

	all = (struct kt_registry){kept, total};
	const char *glob = s->o->filter_count ? s->o->filters[0] : "";
	const char *near = kt_registry_nearest(&all, glob);
	kt_fail(err, ENOENT, "--list without --filter shows all names",
		"no test matches --filter '%s' (%zu in this program)", glob, total);
	if (near)
		kt_fix(err, "did you mean '%s'? --list without --filter shows all names", near);
	return -ENOENT;
}

static int choose_accel(struct kt_run_session *s, struct kt_err *err)
{
	int r = kt_accel_choose(s->o->accel, &s->accel, err);
	if (r < 0)
		return r;
	const char *outside = getenv(REASON_ENV);
	if (kt_softkvm_inside() && outside)
		snprintf(s->accel.reason, sizeof(s->accel.reason), "%s", outside);
	kt_log(KT_LOG_DEBUG, "accelerator %s: %s", s->accel.name, s->accel.reason);
	return 0;
}

static int find_kernel(struct kt_run_session *s, struct kt_err *err)
{
	uint64_t start = kt_now_ns();
	int r = kt_kernel_find(s->o->kernel, &s->kernel, err);
	if (r == -ENOENT && !s->o->kernel && s->o->build_kernel) {
		kt_log(KT_LOG_INFO, "there is no kernel yet: building the default one, which takes "
				    "some minutes");
		kt_err_clear(err);
		struct kt_kernel_build_spec spec = {0};
		r = kt_kernel_build(&spec, &s->kernel, NULL, err);
	}
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
	int r = kt_kcache_dir(&s->cache_dir, err);
	return r < 0 ? r : kt_fs_mkdirs(s->output_dir, err);
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
	return r;
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
	int r = kt_kernel_find_softkvm(&machine, err);
	if (r < 0)
		return r;

	KT_VEC(const char *) argv = {0};
	r = kt_vec_push(&argv, (const char *)s->self);
	for (int i = 1; r == 0 && i < s->o->argc; i++)
		r = kt_vec_push(&argv, (const char *)s->o->argv[i]);
	const char *more[] = {"--kernel", s->kernel->id, NULL};
	for (size_t i = 0; r == 0 && i < KT_ARRAY_LEN(more); i++)
		r = kt_vec_push(&argv, more[i]);

	KT_AUTOFREE char *cache = kt_strf("KTSTR_CACHE_DIR=%s", s->cache_dir);
	KT_AUTOFREE char *reason = kt_strf(REASON_ENV "=%s", s->accel.reason);
	if (r == 0 && (!cache || !reason))
		r = -ENOMEM;
	if (r < 0) {
		kt_vec_done(&argv);
		return kt_fail(err, -r, "free some memory", "no memory for the command line");
	}
	struct kt_softkvm_opts opts = {
		.argv = argv.items,
		.kernel_path = machine->bzimage,
		.rw_dirs = (const char *const[]){s->output_dir, s->cache_dir, NULL},
		.env = (const char *const[]){cache, reason, NULL},
	};
	r = kt_softkvm_run(&opts, ret_status, err);
	kt_vec_done(&argv);
	return r;
}
