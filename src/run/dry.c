// SPDX-License-Identifier: GPL-2.0-only
/*
 * --dry-run: what would be booted, test by test, as text or JSON. A missing kernel or
 * accelerator is part of the answer, not an error; a plan that cannot be is one.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json_write.h"
#include "base/mem.h"
#include "guest/program.h"
#include "guest/sysctl.h"
#include "run/host_only.h"
#include "run/host_plan.h"
#include "run/run.h"
#include "run/session.h"
#include "scenario/plan.h"
#include "topo/spec.h"
#include "vmm/cmdline.h"

/* One test's machine, or why it has none. */
struct dry {
	struct kt_run_session *s;
	const struct ktstr_test *test;
	struct kt_plan *plan;
	struct kt_run_design design;
	char *cmdline; /* complete */
	struct kt_err err;
};

static void dry_done(struct dry *d)
{
	kt_run_design_done(&d->design);
	kt_plan_free(d->plan);
	free(d->cmdline);
}

static int dry_make(struct dry *d)
{
	if (d->test->host_only)
		return kt_run_host_plan(d->s->o, d->s->host, d->test, 1, &d->plan, &d->err);
	int r = kt_run_session_plan(d->s, d->test, 1, &d->plan, &d->err);
	if (r == 0)
		r = kt_run_session_design(d->s, d->plan, &d->s->image, &d->design, &d->err);
	if (r == 0)
		r = kt_vmm_cmdline(d->design.kaslr, d->design.cmdline, &d->cmdline, &d->err);
	return r;
}

static void workload_text(const struct dry *d, struct kt_str *out)
{
	kt_str_addf(out, "  workload   %.1f s, %zu step%s, up to %zu worker%s at once\n",
		(double)d->plan->duration_ms / 1000, d->plan->step_count,
		d->plan->step_count == 1 ? "" : "s", d->plan->worker_count,
		d->plan->worker_count == 1 ? "" : "s");
}

static void print_text(const struct dry *d, struct kt_str *out)
{
	char topo[KT_TOPO_TEXT_BYTES];
	const struct kt_run_budget *b = &d->design.budget;
	kt_str_addf(out, "%s: %s\n", d->test->name, d->test->description);
	if (!d->plan || (!d->cmdline && !d->test->host_only)) {
		kt_str_addf(out, "  cannot run: %s\n  fix: %s\n", d->err.text, d->err.fix);
		return;
	}
	if (d->test->host_only) {
		kt_str_addf(out, "  machine    this one, as %s\n", d->s->host->text);
		workload_text(d, out);
		return;
	}
	kt_str_addf(out, "  machine    %s, %u vCPUs, %llu MiB\n",
		kt_topo_text(&d->plan->topo, topo), d->design.cpus,
		(unsigned long long)(d->design.ram_bytes >> 20));
	kt_str_addf(
		out, "  image      %s\n", d->design.kernel_path ? d->design.kernel_path : "none");
	kt_str_addf(out, "  words      %s\n", d->cmdline);
	workload_text(d, out);
	if (b->whole_ms)
		kt_str_addf(out, "  limits     %.1f s for all\n", (double)b->whole_ms / 1000);
	else
		kt_str_addf(out, "  limits     boot %.1f s, scenario %.1f s, shutdown %.1f s\n",
			(double)b->boot_ms / 1000, (double)b->scenario_ms / 1000,
			(double)b->shutdown_ms / 1000);
}

static void workload_json(const struct dry *d, struct kt_json_out *j)
{
	kt_json_u64(j, "duration_ms", d->plan->duration_ms);
	kt_json_u64(j, "steps", d->plan->step_count);
	kt_json_u64(j, "workers", d->plan->worker_count);
}

static void print_json(const struct dry *d, struct kt_json_out *j)
{
	char topo[KT_TOPO_TEXT_BYTES];
	kt_json_object(j, NULL);
	kt_json_str(j, "name", d->test->name);
	kt_json_str(j, "mode", d->test->host_only ? "host" : "guest");
	if (d->plan && d->test->host_only) {
		kt_json_str(j, "topology", kt_topo_text(&d->plan->topo, topo));
		workload_json(d, j);
	} else if (d->cmdline) {
		kt_json_str(j, "topology", kt_topo_text(&d->plan->topo, topo));
		kt_json_u64(j, "vcpus", d->design.cpus);
		kt_json_u64(j, "memory_mib", d->design.ram_bytes >> 20);
		kt_json_str(j, "image", d->design.kernel_path);
		kt_json_str(j, "cmdline", d->cmdline);
		workload_json(d, j);
		kt_json_u64(j, "timeout_ms", d->design.budget.whole_ms);
		kt_json_u64(j, "boot_limit_ms", d->design.budget.boot_ms);
		kt_json_u64(j, "scenario_limit_ms", d->design.budget.scenario_ms);
		kt_json_u64(j, "shutdown_limit_ms", d->design.budget.shutdown_ms);
	} else {
		kt_json_str(j, "error", d->err.text);
		kt_json_str(j, "fix", d->err.fix);
	}
	kt_json_end_object(j);
}

/* The files of the initramfs, each by FN. */
static void each_file(const struct kt_run_session *s, void *arg,
	void (*fn)(void *arg, const char *path, uint64_t bytes, const char *from))
{
	fn(arg, "init", s->image.init_bytes, s->self);
	if (s->o->sysctl_count) {
		uint64_t bytes = 0;
		for (size_t i = 0; i < s->o->sysctl_count; i++)
			bytes += strlen(s->o->sysctls[i]) + 1;
		fn(arg, &KT_GUEST_SYSCTL_PATH[1], bytes, "--sysctl");
	}
	if (s->includes.programs.count) {
		uint64_t bytes = 0;
		kt_vec_each(p, &s->includes.programs)
			bytes += strlen(p->program) + strlen(p->guest) + 2;
		fn(arg, &KT_GUEST_PROGRAMS_PATH[1], bytes, "payloads");
	}
	kt_vec_each(f, &s->includes.files)
		fn(arg, f->guest, f->bytes, f->host);
}

static void file_text(void *arg, const char *path, uint64_t bytes, const char *from)
{
	kt_str_addf(arg, "  /%-40s %10llu  %s\n", path, (unsigned long long)bytes, from);
}

static void file_json(void *arg, const char *path, uint64_t bytes, const char *from)
{
	struct kt_json_out *j = arg;
	kt_json_object(j, NULL);
	kt_json_str(j, "path", path);
	kt_json_u64(j, "bytes", bytes);
	kt_json_str(j, "from", from);
	kt_json_end_object(j);
}

/* What all the machines share. KERNEL and ACCEL say why there is none, if so. */
static void shared_text(const struct kt_run_session *s, const struct kt_err *kernel,
	const struct kt_err *accel, struct kt_str *out)
{
	if (!s->has_guests)
		kt_str_addf(out, "kernel       that of this machine\n");
	else if (s->kernel)
		kt_str_addf(out, "kernel       %s, %s\n", s->kernel->id, s->kernel->kind);
	else
		kt_str_addf(out, "kernel       none: %s\n  fix: %s\n", kernel->text, kernel->fix);
	if (!s->has_guests)
		kt_str_add(out, "accelerator  none: every selected test is host_only\n");
	else if (accel->code)
		kt_str_addf(out, "accelerator  none: %s\n  fix: %s\n", accel->text, accel->fix);
	else
		kt_str_addf(out, "accelerator  %s: %s\n", s->accel.name, s->accel.reason);
	if (s->accel.enter_softkvm)
		kt_str_add(
			out, "             limits grow with its speed, which is measured there\n");
	kt_str_addf(out, "results      %s\nseed         %llu\n", s->output_dir,
		(unsigned long long)s->o->seed);
	if (!s->has_guests)
		return;
	kt_str_addf(out, "initramfs    %zu bytes, unpacked %zu:\n", s->image.bytes,
		s->image.unpacked_bytes);
	each_file(s, out, file_text);
}

static void shared_json(const struct kt_run_session *s, const struct kt_err *kernel,
	const struct kt_err *accel, struct kt_json_out *j)
{
	kt_json_str(j, "kernel", s->kernel ? s->kernel->id : NULL);
	kt_json_str(j, "kernel_kind", s->kernel ? s->kernel->kind : NULL);
	kt_json_str(j, "kernel_error", s->kernel || !s->has_guests ? NULL : kernel->text);
	kt_json_str(j, "accelerator", accel->code || !s->has_guests ? NULL : s->accel.name);
	kt_json_str(j, "accelerator_reason",
		accel->code	? accel->text
		: s->has_guests ? s->accel.reason
				: KT_RUN_HOST_REASON);
	kt_json_str(j, "results", s->output_dir);
	kt_json_u64(j, "seed", s->o->seed);
	kt_json_u64(j, "repeat", s->o->repeat);
	kt_json_u64(j, "jobs", s->o->jobs);
	kt_json_object(j, "initramfs");
	kt_json_u64(j, "bytes", s->image.bytes);
	kt_json_u64(j, "unpacked_bytes", s->image.unpacked_bytes);
	kt_json_array(j, "files");
	each_file(s, j, file_json);
	kt_json_end_array(j);
	kt_json_end_object(j);
}

/* Returns how many tests cannot run. */
static size_t write_all(struct kt_run_session *s, const struct kt_err *kernel,
	const struct kt_err *accel, struct kt_str *out)
{
	struct kt_json_out j = {.out = out};
	bool json = s->o->format == KT_REPORT_json;
	size_t wrong = 0;
	if (json) {
		kt_json_object(&j, NULL);
		shared_json(s, kernel, accel, &j);
		kt_json_array(&j, "tests");
	} else {
		shared_text(s, kernel, accel, out);
	}
	for (size_t i = 0; i < s->tests.count; i++) {
		KT_AUTO_DONE(dry_done) struct dry d = {.s = s, .test = s->tests.tests[i]};
		wrong += dry_make(&d) < 0;
		if (json)
			print_json(&d, &j);
		else
			print_text(&d, out);
	}
	if (json) {
		kt_json_end_array(&j);
		kt_json_end_object(&j);
	}
	return wrong;
}

static int show(struct kt_run_session *s, int *ret_status, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	struct kt_err no_kernel = {0}, no_accel = {0};
	int r = kt_run_session_folders(s, err);
	if (r == 0)
		r = kt_run_session_includes(s, err);
	if (r == 0)
		r = kt_run_session_image(s, err);
	if (r == 0)
		r = kt_run_session_host(s, err);
	if (r < 0)
		return r;
	if (s->has_guests) {
		(void)kt_run_session_accel(s, &no_accel);   /* shown */
		(void)kt_run_session_kernel(s, &no_kernel); /* shown */
	}
	*ret_status = write_all(s, &no_kernel, &no_accel, &text) ? KT_RUN_STATUS_HARNESS : 0;
	if (text.failed)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the plan");
	fputs(kt_str_get(&text), s->o->out);
	return 0;
}

int kt_run_dry(const struct kt_run_options *o, int *ret_status, struct kt_err *err)
{
	struct kt_run_options mine = *o;
	struct kt_run_session s = {.o = &mine};
	mine.build_kernel = false; /* nothing is done, so nothing is built */
	*ret_status = KT_RUN_STATUS_USAGE;
	if (o->format != KT_REPORT_text && o->format != KT_REPORT_json)
		return kt_fail(err, EINVAL, "use --format text or json with --dry-run",
			"a dry run has no %s form", kt_report_format_name(o->format));
	int r = kt_run_session_select(&s, err);
	if (r == 0)
		r = kt_run_host_only_check(&s, err);
	if (r == 0) {
		*ret_status = KT_RUN_STATUS_HARNESS;
		r = show(&s, ret_status, err);
	}
	kt_run_session_done(&s);
	return r;
}
