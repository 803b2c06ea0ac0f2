// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of a run that stays outside of the softkvm machine: files that only exist here are
 * opened and handed through, and the machine gets the size that its guests need.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "run/kernel.h"
#include "run/reenter.h"
#include "run/session.h"
#include "softkvm/launch.h"
#include "softkvm/size.h"

/* Reports and the kernel, as the command line inside names them. */
#define SWAPS_MAX     (KT_RUN_REPORTS_MAX + 1)
#define FD_PATH_BYTES 32

struct outside {
	struct kt_run_reenter_swap swaps[SWAPS_MAX];
	size_t swap_count;
	int fds[KT_RUN_REPORTS_MAX];
	char *names[KT_RUN_REPORTS_MAX]; /* in messages */
	unsigned fd_count;
	char fd_paths[KT_RUN_REPORTS_MAX][FD_PATH_BYTES];
	struct kt_run_reenter_argv argv;
};

static void outside_done(struct outside *out)
{
	for (unsigned i = 0; i < out->fd_count; i++) {
		close(out->fds[i]);
		free(out->names[i]);
	}
	kt_run_reenter_argv_done(&out->argv);
}

/* Numbers up to 2 are the standard streams', open or not. */
static int open_report(const struct kt_run_report *report, struct outside *out, struct kt_err *err)
{
	KT_AUTOFD int fd = -1;
	unsigned n = out->fd_count;
	int r = kt_report_open_fd(report->format, report->path, &fd, err);
	if (r < 0)
		return r;
	KT_AUTOFREE char *name =
		kt_strf("report '%s:%s'", kt_report_format_name(report->format), report->path);
	if (!name)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for a report");
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (high < 0)
		return kt_fail(err, errno, "raise the limit of open files (ulimit -n)",
			"report '%s': %s", report->path, strerror(errno));
	out->names[n] = KT_TAKE(name);
	out->fds[out->fd_count++] = high;
	snprintf(out->fd_paths[n], FD_PATH_BYTES, "/dev/fd/%d", high);
	out->swaps[out->swap_count++] =
		(struct kt_run_reenter_swap){.value = report->path, .with = out->fd_paths[n]};
	return 0;
}

static int make_argv(struct kt_run_session *s, struct outside *out, struct kt_err *err)
{
	const char *kernel = kt_run_reenter_kernel(s->kernel, s->cache_dir);
	int r = 0;
	for (size_t i = 0; r == 0 && i < s->o->report_count; i++)
		r = open_report(&s->o->reports[i], out, err);
	if (r < 0)
		return r;
	if (s->o->kernel)
		out->swaps[out->swap_count++] =
			(struct kt_run_reenter_swap){.value = s->o->kernel, .with = kernel};
	return kt_run_reenter_argv(
		s->o, s->self, kernel, out->swaps, out->swap_count, &out->argv, err);
}

/* The image as it will be, without making it. */
static uint64_t guess_image_bytes(const struct kt_run_session *s)
{
	struct stat st;
	uint64_t bytes = stat(s->self, &st) == 0 ? (uint64_t)st.st_size : 0;
	kt_vec_each(f, &s->includes.files)
		bytes += f->bytes;
	return bytes;
}

static int by_ram(const void *a, const void *b)
{
	const struct kt_softkvm_need *x = a, *y = b;
	return (x->guests_bytes < y->guests_bytes) - (x->guests_bytes > y->guests_bytes);
}

/* What each test's machine needs; a test that has no plan needs none. */
static struct kt_softkvm_need need_of(const struct kt_run_session *s, const struct ktstr_test *test,
	const struct kt_run_image *image)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	struct kt_run_design d = {0};
	if (test->host_only || kt_run_session_plan(s, test, 1, &plan, NULL) < 0 ||
		kt_run_session_design(s, plan, image, &d, NULL) < 0)
		return (struct kt_softkvm_need){0};
	struct kt_softkvm_need n = {.guests_bytes = d.ram_bytes, .vcpus = d.cpus};
	kt_run_design_done(&d);
	return n;
}

/* The machine must hold as many of the largest guests as run at once. */
static int size_machine(
	const struct kt_run_session *s, struct kt_softkvm_opts *opts, struct kt_err *err)
{
	struct kt_run_image image = {.bytes = guess_image_bytes(s)};
	image.unpacked_bytes = image.bytes;
	KT_AUTOFREE struct kt_softkvm_need *each = calloc(s->tests.count, sizeof(*each));
	if (!each)
		return kt_fail(err, ENOMEM, "free some memory", "no memory to size the machine");
	for (size_t i = 0; i < s->tests.count; i++)
		each[i] = need_of(s, s->tests.tests[i], &image);
	qsort(each, s->tests.count, sizeof(*each), by_ram);
	/* With --repeat the largest test may run beside itself. */
	unsigned jobs = (unsigned)KT_MIN((size_t)s->o->jobs, s->tests.count * s->o->repeat);
	struct kt_softkvm_need all = {.jobs = jobs, .image_bytes = image.bytes};
	for (unsigned i = 0; i < jobs; i++) {
		const struct kt_softkvm_need *n = &each[i / s->o->repeat];
		all.guests_bytes += n->guests_bytes;
		all.vcpus += n->vcpus;
	}
	return kt_softkvm_size(&all, opts, err);
}

/* The user looks for what was done in vain: reports that end with the run have nothing. */
static void name_results(const struct kt_run_session *s, struct kt_err *err)
{
	char fix[KT_ERR_FIX_BYTES];
	snprintf(fix, sizeof(fix), "%s", err->fix);
	kt_fix(err, "%s; the tests that were done are in '%s'", fix, kt_results_path(s->results));
}

/*
 * Whatever became of the machine: what it had stored is the run's result. R is that of
 * kt_softkvm_run().
 */
static int settle(const struct kt_run_session *s, int r, int *status, struct kt_err *err)
{
	struct kt_err late = {0};
	if (r == 0)
		r = kt_run_reenter_check_status(*status, err);
	if (r < 0)
		*status = KT_RUN_STATUS_HARNESS;
	int settled = kt_results_settle(s->results, r < 0, *status, &late);
	if (r < 0)
		name_results(s, err);
	else if (settled < 0)
		*err = late;
	return r < 0 ? r : settled;
}

static int run_inside(struct kt_run_session *s, const struct kt_kernel *machine,
	const struct kt_softkvm_opts *size, struct outside *out, int *ret_status,
	struct kt_err *err)
{
	KT_AUTOFREE char *cache = kt_strf("KTSTR_CACHE_DIR=%s", s->cache_dir);
	KT_AUTOFREE char *reason = kt_strf(KT_RUN_REASON_ENV "=%s", s->accel.reason);
	KT_AUTOFREE char *run = kt_strf(KT_RESULTS_ENV "=%s", kt_results_path(s->results));
	if (!cache || !reason || !run)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the environment");
	struct kt_softkvm_opts opts = {
		.argv = (const char *const *)out->argv.words.items,
		.kernel_path = machine->bzimage,
		.rw_dirs = (const char *const[]){s->output_dir, s->cache_dir, NULL},
		.env = (const char *const[]){cache, reason, run, NULL},
		.out_fds = out->fds,
		.out_names = (const char *const *)out->names,
		.out_fd_count = out->fd_count,
		.cpus = size->cpus,
		.ram_mib = size->ram_mib,
	};
	kt_log(KT_LOG_INFO, "/dev/kvm does not serve here (-v says why): starting a machine "
			    "that offers KVM");
	return settle(s, kt_softkvm_run(&opts, ret_status, err), ret_status, err);
}

/* What can be refused is refused before reports are emptied and the run's folder is made. */
int kt_run_session_reenter(struct kt_run_session *s, int *ret_status, struct kt_err *err)
{
	KT_AUTO(kt_kernel_free) struct kt_kernel *machine = NULL;
	KT_AUTO_DONE(outside_done) struct outside out = {0};
	struct kt_softkvm_opts size = {0};
	struct kt_run_kernel_want want = {
		.for_softkvm = true,
		.build = s->o->build_kernel,
		.progress = s->o->build_progress,
		.progress_end = s->o->build_progress_end,
	};
	int r = kt_run_kernel_get(&want, &machine, err);
	if (r == 0)
		r = size_machine(s, &size, err);
	if (r == 0)
		r = make_argv(s, &out, err);
	if (r == 0)
		r = kt_run_session_results(s, err);
	return r < 0 ? r : run_inside(s, machine, &size, &out, ret_status, err);
}
