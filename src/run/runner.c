// SPDX-License-Identifier: GPL-2.0-only
/* Connects plan, machine, judge and reports for one test; decides nothing itself. */
#include "run/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/judge.h"
#include "report/sidecar.h"
#include "report/text.h"
#include "run/machine.h"
#include "scenario/plan.h"

static int make_plan(struct kt_run_session *s, const struct ktstr_test *test, struct kt_plan **ret,
	struct kt_err *err)
{
	struct kt_plan_options options = {.topo = s->o->topo, .duration_ms = s->o->duration_ms};
	return kt_plan_make(test, &options, ret, err);
}

/* Never cut, unlike the copy in the outcome. */
static const char *kernel_path(const struct kt_run_session *s)
{
	return s->kernel->vmlinux ? s->kernel->vmlinux : s->kernel->bzimage;
}

static void describe(struct kt_run_session *s, const struct kt_plan *plan, struct kt_outcome *o)
{
	o->topo = plan->topo;
	o->duration_ms = plan->duration_ms;
	o->command = strdup(s->command);
	snprintf(o->accel_name, sizeof(o->accel_name), "%s", s->accel.name);
	snprintf(o->accel_reason, sizeof(o->accel_reason), "%s", s->accel.reason);
	o->accel_mips = s->accel.mips;
	snprintf(o->kernel_id, sizeof(o->kernel_id), "%s", s->kernel->id);
	snprintf(o->kernel_path, sizeof(o->kernel_path), "%s", kernel_path(s));
	o->stage_ms[KT_STAGE_KERNEL] = s->kernel_ms;
	o->stage_ms[KT_STAGE_INITRAMFS] = s->image_ms;
}

/* The machine once, from power-on to its end. */
static void run_machine(struct kt_run_session *s, const struct kt_plan *plan, struct kt_outcome *o)
{
	describe(s, plan, o);
	struct kt_run_machine_config config = {
		.plan = plan,
		.kernel_path = kernel_path(s),
		.image = &s->image,
		.speed_mips = s->accel.mips,
		.timeout_ms = s->o->timeout_ms,
		.verbose = s->o->verbose,
	};
	kt_run_machine(&config, o);
}

bool kt_run_boot_was_lost(const struct kt_outcome *o)
{
	bool is_emulated = strcmp(o->accel_name, "softkvm") == 0;
	bool is_broken =
		o->end == KT_END_DEADLINE || o->end == KT_END_SHUTDOWN || o->end == KT_END_PANIC;
	return is_emulated && is_broken && !o->ready;
}

static void run(struct kt_run_session *s, const struct ktstr_test *test, struct kt_outcome *o)
{
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	struct kt_err err = {0};
	uint64_t start = kt_now_ns();
	if (make_plan(s, test, &plan, &err) < 0) {
		kt_outcome_set_error(o, KT_STAGE_PLAN, &err);
		return;
	}
	uint64_t plan_ms = (kt_now_ns() - start) / KT_NS_PER_MS;
	run_machine(s, plan, o);
	for (unsigned i = 1; i < KT_RUN_BOOTS_MAX && kt_run_boot_was_lost(o) && !s->o->timeout_ms;
		i++) {
		KT_AUTOFREE char *note = kt_strf("boot %u was repeated: in an emulated machine it "
						 "ended before the guest was ready (%.*s)",
			i, (int)strcspn(o->end_text, "\n"), o->end_text);
		kt_outcome_done(o);
		kt_outcome_init(o, test);
		kt_outcome_add_detail(o, 0, false, "boot", note ? note : "a boot was repeated");
		kt_log(KT_LOG_WARN, "%s: %s", test->name, note ? note : "boots again");
		run_machine(s, plan, o);
	}
	o->stage_ms[KT_STAGE_PLAN] = plan_ms;
}

static int report(struct kt_run_session *s, const struct kt_outcome *o, const struct kt_verdict *v,
	struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	if (s->o->format == KT_RUN_FORMAT_JSON)
		kt_sidecar_json(o, v, &text);
	else
		kt_text_report(o, v, &(struct kt_text_options){.verbose = s->o->verbose}, &text);
	fputs(kt_str_get(&text), s->o->out);
	fflush(s->o->out);
	return kt_sidecar_write(o, v, s->output_dir, err);
}

int kt_run_one(struct kt_run_session *s, const struct ktstr_test *test, struct kt_err *err)
{
	struct kt_outcome *o = calloc(1, sizeof(*o));
	if (!o)
		return kt_fail(err, ENOMEM, "free some memory", "no memory to run %s", test->name);
	struct kt_verdict v = {0};
	kt_outcome_init(o, test);
	kt_log(KT_LOG_INFO, "%s: boots", test->name);
	run(s, test, o);
	s->booted += o->hello;
	kt_verdict_judge(o, &v);
	/* An interrupted test has no verdict of its own to count: it is one that did not run. */
	if (o->end != KT_END_INTERRUPTED)
		s->tally.count[v.kind]++;
	int r = report(s, o, &v, err);
	kt_verdict_done(&v);
	kt_outcome_done(o);
	free(o);
	return r;
}
