// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preparing a run. The order is that of cost: what can be refused cheaply is refused before a
 * kernel is looked for, and a kernel is found before a machine is made.
 */
#include "run/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/elf.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "run/host_only.h"
#include "run/host_test.h"
#include "run/kernel.h"
#include "softkvm/inside.h"

/* A name of --exact that no test has, or a glob that matches none. */
static int none_matches(
	const struct kt_registry *all, const char *text, const char *option, struct kt_err *err)
{
	const char *near = kt_registry_nearest(all, text);
	kt_fail(err, ENOENT, "--list without --filter shows all names",
		"no test matches %s '%s' (%zu in this program)", option, text, all->count);
	if (near)
		kt_fix(err, "did you mean '%s'? --list without --filter shows all names", near);
	return -ENOENT;
}

/* Each name of --exact must be there, whatever else selects. */
static int check_exact(
	const struct kt_run_options *o, const struct kt_registry *all, struct kt_err *err)
{
	for (size_t i = 0; i < o->pattern_count; i++) {
		const struct kt_registry_pattern *p = &o->patterns[i];
		if (p->exact && !kt_registry_find(all, p->text))
			return none_matches(all, p->text, "--exact", err);
	}
	return 0;
}

static bool matches_any(const struct kt_registry *all, const char *glob)
{
	for (size_t i = 0; i < all->count; i++)
		if (kt_glob_match(glob, all->tests[i]->name))
			return true;
	return false;
}

/* The selection is empty: the fault of the first glob that matches no test, else of a '!'. */
static int none_selected(
	const struct kt_run_options *o, const struct kt_registry *all, struct kt_err *err)
{
	const char *excludes = "";
	for (size_t i = 0; i < o->pattern_count; i++) {
		const struct kt_registry_pattern *p = &o->patterns[i];
		if (!p->exact && p->text[0] != '!' && !matches_any(all, p->text))
			return none_matches(all, p->text, "--filter", err);
		if (!p->exact && p->text[0] == '!' && !*excludes)
			excludes = p->text;
	}
	return kt_fail(err, ENOENT, "exclude less; --list without --filter shows all names",
		"--filter '%s' leaves none of %zu tests", excludes, all->count);
}

int kt_run_session_select(struct kt_run_session *s, struct kt_err *err)
{
	KT_AUTO_DONE(kt_registry_done) struct kt_registry all = {0};
	int r = kt_registry_freeze(&all, err);
	if (r == 0)
		r = check_exact(s->o, &all, err);
	if (r == 0)
		r = kt_registry_freeze(&s->tests, err);
	if (r < 0)
		return r;
	kt_registry_filter(&s->tests, s->o->patterns, s->o->pattern_count);
	s->has_guests = kt_run_host_only_count(s) < s->tests.count;
	if (s->tests.count || s->o->allow_empty)
		return 0;
	if (!all.count)
		return kt_fail(
			err, ENOENT, "declare one with KTSTR_TEST", "this program has no tests");
	return none_selected(s->o, &all, err);
}

int kt_run_session_accel(struct kt_run_session *s, struct kt_err *err)
{
	int r = kt_accel_choose(s->o->accel, &s->accel, err);
	if (r < 0)
		return r;
	const char *outside = getenv(KT_RUN_REASON_ENV);
	if (kt_softkvm_inside() && outside && *outside)
		snprintf(s->accel.reason, sizeof(s->accel.reason), "%s", outside);
	kt_log(KT_LOG_DEBUG, "accelerator %s: %s", s->accel.name, s->accel.reason);
	return 0;
}

int kt_run_session_host(struct kt_run_session *s, struct kt_err *err)
{
	struct kt_cpus allowed;
	if (!kt_run_host_only_count(s))
		return 0;
	int r = kt_run_host_allowed(&allowed, err);
	if (r == 0)
		r = kt_run_host_topo_read("/sys", &allowed, &s->host, err);
	return r < 0 ? r : kt_run_host_interrupt_prepare(err);
}

static struct kt_run_kernel_want want_of(const struct kt_run_options *o)
{
	return (struct kt_run_kernel_want){
		.which = o->kernel,
		.build = o->build_kernel,
		.progress = o->build_progress,
		.progress_end = o->build_progress_end,
	};
}

int kt_run_session_kernel(struct kt_run_session *s, struct kt_err *err)
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

static char *append_text(const struct kt_run_options *o)
{
	struct kt_str text = {0};
	for (size_t i = 0; i < o->append_count; i++)
		kt_str_addf(&text, "%s%s", i ? " " : "", o->appends[i]);
	return o->append_count ? kt_str_take(&text) : NULL;
}

int kt_run_session_folders(struct kt_run_session *s, struct kt_err *err)
{
	s->self = kt_fs_self();
	s->output_dir = kt_fs_absolute(s->o->output_dir);
	s->command = command_text(s->o);
	s->append = append_text(s->o);
	if (!s->self || !s->output_dir || !s->command)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for paths");
	return kt_kcache_dir(&s->cache_dir, err);
}

static int make_plan(const struct kt_run_session *s, const struct ktstr_test *test, unsigned repeat,
	bool quiet, struct kt_plan **ret, struct kt_err *err)
{
	struct kt_plan_options options = {
		.topo = s->o->topo,
		.duration_ms = s->o->duration_ms,
		.seed = s->o->seed + repeat - 1,
		.work = s->o->work,
		.quiet = quiet,
	};
	return kt_plan_make(test, &options, ret, err);
}

/* Those of host_only tests, or of the others. A test without a plan is told so when it runs. */
static int collect_payloads(struct kt_run_session *s, bool host_only, struct kt_err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < s->tests.count; i++) {
		const struct ktstr_test *test = s->tests.tests[i];
		KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
		if (test->host_only == host_only && make_plan(s, test, 1, true, &plan, NULL) == 0)
			r = kt_run_payloads_collect(
				&s->payloads, plan, host_only ? NULL : &s->includes, err);
	}
	return r;
}

int kt_run_session_includes(struct kt_run_session *s, struct kt_err *err)
{
	int r = kt_run_includes_resolve(s->o->includes, s->o->include_count, &s->includes, err);
	/* What a guest needs is packed even where a host_only test names it too. */
	if (!r)
		r = collect_payloads(s, false, err);
	return r < 0 ? r : collect_payloads(s, true, err);
}

/* By name where one of them is not there yet; a pipe may have several writers. */
static bool is_same_file(const char *a, const char *b)
{
	KT_AUTOFREE char *x = kt_fs_absolute(a);
	KT_AUTOFREE char *y = kt_fs_absolute(b);
	struct stat s, t;
	if (x && y && !strcmp(x, y))
		return true;
	return stat(a, &s) == 0 && stat(b, &t) == 0 && S_ISREG(s.st_mode) && s.st_dev == t.st_dev &&
	       s.st_ino == t.st_ino;
}

int kt_run_session_reports(const struct kt_run_session *s, struct kt_err *err)
{
	static const char own[] = "/dev/stdout"; /* where --format goes */
	const struct kt_run_options *o = s->o;
	for (size_t i = 0; i < o->report_count; i++)
		for (size_t j = 0; j <= i; j++) {
			const char *other = j < i ? o->reports[j].path : own;
			if (is_same_file(o->reports[i].path, other))
				return kt_fail(err, EINVAL, "give each report a file of its own",
					"two reports are to be written to '%s'%s",
					o->reports[i].path,
					j < i ? "" : ", which is standard output");
		}
	return 0;
}

int kt_run_session_begin(struct kt_run_session *s, struct kt_err *err)
{
	int r = kt_run_session_folders(s, err);
	if (r == 0 && s->has_guests)
		r = kt_elf_check_static(s->self, err);
	if (r == 0)
		r = kt_results_check(s->output_dir, err);
	if (r == 0)
		r = kt_run_session_host(s, err);
	if (r < 0 || !s->has_guests)
		return r;
	if (r == 0)
		r = kt_run_session_includes(s, err);
	if (r == 0)
		r = kt_run_session_accel(s, err);
	return r < 0 ? r : kt_run_session_kernel(s, err);
}

int kt_run_session_image(struct kt_run_session *s, struct kt_err *err)
{
	uint64_t start = kt_now_ns();
	if (!s->has_guests)
		return 0;
	struct kt_run_image_spec spec = {
		.program = s->self,
		.cache_dir = s->cache_dir,
		.includes = &s->includes,
		.sysctls = s->o->sysctls,
		.sysctl_count = s->o->sysctl_count,
		.pack_above_bytes = KT_RUN_IMAGE_PACK_BYTES,
	};
	int r = kt_run_image_make(&spec, &s->image, err);
	s->image_ms = (kt_now_ns() - start) / KT_NS_PER_MS;
	return r;
}

void kt_run_session_done(struct kt_run_session *s)
{
	kt_run_image_done(&s->image);
	kt_run_includes_done(&s->includes);
	kt_run_payloads_done(&s->payloads);
	kt_kernel_free(s->kernel);
	kt_results_free(s->results);
	kt_registry_done(&s->tests);
	free(s->host);
	free(s->self);
	free(s->cache_dir);
	free(s->output_dir);
	free(s->command);
	free(s->append);
}

int kt_run_session_results(struct kt_run_session *s, struct kt_err *err)
{
	const char *begun = getenv(KT_RESULTS_ENV);
	if (kt_softkvm_inside() && begun && *begun)
		return kt_results_adopt(begun, &s->results, err);
	struct kt_results_config config = {
		.program = strrchr(s->self, '/') + 1,
		.command = s->command,
		.accel_name = s->has_guests ? s->accel.name : KT_RUN_HOST_NAME,
		.accel_reason = s->has_guests ? s->accel.reason : KT_RUN_HOST_REASON,
		.kernel_id = s->has_guests ? s->kernel->id : KT_RUN_HOST_NAME,
		.seed = s->o->seed,
		.total = s->tests.count * s->o->repeat,
	};
	if (s->kernel) {
		config.kernel_path = s->kernel->vmlinux ?: s->kernel->bzimage;
		config.kernel_kind = s->kernel->kind;
	}
	return kt_results_begin(s->output_dir, &config, &s->results, err);
}

int kt_run_session_plan(const struct kt_run_session *s, const struct ktstr_test *test,
	unsigned repeat, struct kt_plan **ret, struct kt_err *err)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	int r = make_plan(s, test, repeat, false, &plan, err);
	if (!r)
		r = kt_run_payloads_check(&s->payloads, plan, err);
	if (r < 0)
		return r;
	*ret = KT_TAKE(plan);
	return 0;
}

int kt_run_session_design(const struct kt_run_session *s, const struct kt_plan *plan,
	const struct kt_run_image *image, struct kt_run_design *ret, struct kt_err *err)
{
	struct kt_run_design_input in = {
		.o = s->o, .plan = plan, .image = image, .speed_mips = s->accel.mips};
	if (s->kernel) {
		int r = kt_kernel_image_for(s->kernel, plan->test->kaslr, &in.kernel_path, err);
		if (r < 0)
			return r;
		in.kernel_slowness = s->kernel->slowness;
		in.kernel_memory = s->kernel->memory;
	}
	return kt_run_design_make(&in, ret, err);
}
