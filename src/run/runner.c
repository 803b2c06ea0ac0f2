// SPDX-License-Identifier: GPL-2.0-only
/* Connects plan, machine, judge and output for one test; decides nothing itself. */
#include "run/runner.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/judge.h"
#include "report/sidecar.h"
#include "run/host_only.h"
#include "run/host_plan.h"
#include "run/host_test.h"
#include "run/machine.h"
#include "scenario/plan.h"

struct job {
	const struct kt_run_ground *g;
	const struct ktstr_test *test;
	unsigned repeat, slot;
	struct kt_outcome *o;
	bool boots_again; /* this boot is repeated if it is lost */
};

/* What is known of the run before there is a plan, so that a test that is skipped has it too. */
static void describe_run(const struct job *j)
{
	const struct kt_run_session *s = j->g->s;
	struct kt_outcome *o = j->o;
	o->command = strdup(s->command);
	o->seed = s->o->seed + j->repeat - 1;
	o->repeat = j->repeat;
	o->repeats = s->o->repeat;
	o->append = s->append;
	o->sysctls = s->o->sysctls;
	o->includes = s->o->includes;
	if (j->test->host_only) {
		snprintf(o->accel_name, sizeof(o->accel_name), "%s", KT_RUN_HOST_NAME);
		snprintf(o->accel_reason, sizeof(o->accel_reason), "%s", KT_RUN_HOST_REASON);
		snprintf(o->kernel_id, sizeof(o->kernel_id), "%s", KT_RUN_HOST_NAME);
		return;
	}
	snprintf(o->accel_name, sizeof(o->accel_name), "%s", s->accel.name);
	snprintf(o->accel_reason, sizeof(o->accel_reason), "%s", s->accel.reason);
	o->accel_mips = s->accel.mips;
	snprintf(o->kernel_id, sizeof(o->kernel_id), "%s", s->kernel->id);
	snprintf(o->kernel_kind, sizeof(o->kernel_kind), "%s", s->kernel->kind);
	o->kernel_slowness = s->kernel->slowness;
	o->stage_ms[KT_STAGE_KERNEL] = s->kernel_ms;
	o->stage_ms[KT_STAGE_INITRAMFS] = s->image_ms;
}

static void describe_machine(const struct kt_run_design *d, struct kt_outcome *o)
{
	o->topo = d->plan->topo;
	o->duration_ms = d->plan->duration_ms;
	o->memory_mib = (unsigned)(d->ram_bytes >> 20);
	snprintf(o->kernel_path, sizeof(o->kernel_path), "%s", d->kernel_path);
}

static void on_stage(void *arg, enum kt_outcome_stage stage)
{
	struct job *j = arg;
	kt_run_board_stage(j->g->board, j->slot, kt_outcome_stage_name(stage));
}

static void on_console(void *arg, const void *data, size_t bytes)
{
	struct job *j = arg;
	if (j->g->console)
		kt_run_console_put(j->g->console, j->slot, j->test->name, data, bytes);
}

bool kt_run_boot_was_lost(const struct kt_outcome *o)
{
	bool is_emulated = strcmp(o->accel_name, "softkvm") == 0;
	bool is_silent = o->end == KT_END_DEADLINE || o->end == KT_END_PANIC;
	return is_emulated && (o->end == KT_END_SHUTDOWN || (is_silent && !o->ready));
}

/* Who says --no-skip wants to know that everything ran. */
static void forbid_skip(struct kt_verdict *v)
{
	struct kt_verdict_detail d = {
		.kind = KT_VERDICT_FAIL, .name = "no_skip", .phase = KT_VERDICT_NO_PHASE};
	if (v->kind == KT_VERDICT_SKIP)
		kt_verdict_add(v, &d, "give it what it lacks, or leave --no-skip out",
			"it was skipped, and --no-skip says that this is a failure");
}

/* The verdict as the user wants it; true: passed or skipped. */
static bool judge(const struct job *j, struct kt_verdict *v)
{
	kt_verdict_judge(j->o, v);
	if (j->g->s->o->no_skip)
		forbid_skip(v);
	return v->kind == KT_VERDICT_PASS || v->kind == KT_VERDICT_SKIP;
}

static bool has_passed(const struct job *j)
{
	struct kt_verdict v = {0};
	bool passed = judge(j, &v);
	kt_verdict_done(&v);
	return passed;
}

/* How to look at a kept machine; a kernel that moved itself wants its symbols moved too. */
static char *kept_note(const char *vmlinux, const char *core)
{
	uint64_t offset = 0;
	(void)kt_vm_core_offset(core, &offset, NULL); /* just written */
	if (offset)
		return kt_strf("the machine's memory and registers are kept: "
			       "gdb -ex 'symbol-file -o %#llx %s' -ex 'core-file %s'",
			(unsigned long long)offset, vmlinux, core);
	return kt_strf("the machine's memory and registers are kept: gdb %s %s", vmlinux, core);
}

/* --keep-vm: the machine as it was when its test ended badly. */
static void keep_machine(void *arg, struct kt_vm *vm)
{
	struct job *j = arg;
	const struct kt_run_session *s = j->g->s;
	struct kt_err err = {0};
	uint64_t bytes;
	bool lost = j->boots_again && kt_run_boot_was_lost(j->o);
	if (lost || j->o->end == KT_END_INTERRUPTED || has_passed(j))
		return;
	KT_AUTOFREE char *stem = kt_sidecar_stem(j->o);
	KT_AUTOFREE char *path =
		stem ? kt_strf("%s/%s.vmcore", kt_results_path(s->results), stem) : NULL;
	KT_AUTOFREE char *note = NULL;
	if (path && kt_vm_core_write(vm, path, &bytes, &err) == 0)
		note = kept_note(s->kernel->vmlinux ?: "VMLINUX", path);
	else
		note = kt_strf("the machine could not be kept: %s (%s)", err.text, err.fix);
	kt_outcome_add_detail(j->o, 0, false, "kept", note ? note : "out of memory");
}

/* The machine once, from power-on to its end. */
static void run_machine(struct job *j, const struct kt_run_design *d)
{
	describe_machine(d, j->o);
	struct kt_run_machine_config config = {
		.design = d,
		.image = &j->g->s->image,
		.arg = j,
		.on_stage = on_stage,
		.on_console = on_console,
		.on_end = j->g->s->o->keep_vm ? keep_machine : NULL,
	};
	kt_run_machine(&config, j->o);
	if (j->g->console)
		kt_run_console_flush(j->g->console, j->slot, j->test->name);
}

/* Forget boot number N, but for a note. */
static void begin_again(struct job *j, unsigned n)
{
	struct kt_outcome *o = j->o;
	KT_AUTOFREE char *note = kt_strf("boot %u was repeated: in an emulated machine it ended "
					 "during %s (%.*s)",
		n, kt_outcome_stage_name(o->end_stage), (int)strcspn(o->end_text, "\n"),
		o->end_text);
	kt_outcome_done(o);
	kt_outcome_init(o, j->test);
	describe_run(j);
	kt_outcome_add_detail(o, 0, false, "boot", note ? note : "a boot was repeated");
	kt_log(KT_LOG_WARN, "%s: %s", j->test->name, note ? note : "boots again");
}

static int run_on_host(struct job *j, struct kt_err *err)
{
	const struct kt_run_session *s = j->g->s;
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	uint64_t start = kt_now_ns();
	int r = kt_run_host_plan(s->o, s->host, j->test, j->repeat, &plan, err);
	if (r == 0)
		r = kt_run_payloads_check(&s->payloads, plan, err);
	if (r < 0)
		return r;
	j->o->stage_ms[KT_STAGE_PLAN] = (kt_now_ns() - start) / KT_NS_PER_MS;
	j->o->topo = plan->topo;
	j->o->duration_ms = plan->duration_ms;
	struct kt_run_budget budget = kt_run_budget_of(kt_topo_cpu_count(&plan->topo), 0, 1,
		plan->duration_ms, plan->worker_count, s->o->timeout_ms);
	struct kt_run_host_test_config config = {
		.plan = plan,
		.host = s->host,
		.timeout_ms = s->o->timeout_ms ? s->o->timeout_ms : budget.guest_ms,
		.arg = j,
		.on_stage = on_stage,
		.on_console = on_console,
	};
	kt_run_host_test(&config, j->o);
	if (j->g->console)
		kt_run_console_flush(j->g->console, j->slot, j->test->name);
	return 0;
}

static int run_in_guest(struct job *j, struct kt_err *err)
{
	const struct kt_run_session *s = j->g->s;
	KT_AUTO(kt_plan_free) struct kt_plan *plan = NULL;
	KT_AUTO_DONE(kt_run_design_done) struct kt_run_design design = {0};
	uint64_t start = kt_now_ns();
	int r = kt_run_session_plan(s, j->test, j->repeat, &plan, err);
	if (r == 0)
		r = kt_run_session_design(s, plan, &s->image, &design, err);
	if (r < 0)
		return r;
	uint64_t plan_ms = (kt_now_ns() - start) / KT_NS_PER_MS;
	unsigned boots_max = s->o->timeout_ms ? 1 : KT_RUN_BOOTS_MAX;
	for (unsigned n = 1;; n++) {
		j->boots_again = n < boots_max;
		run_machine(j, &design);
		if (!j->boots_again || !kt_run_boot_was_lost(j->o))
			break;
		begin_again(j, n);
	}
	j->o->stage_ms[KT_STAGE_PLAN] = plan_ms;
	return 0;
}

/*
 * A host_only test has the machine for itself: others would be part of what it measures. Tests
 * in guests may run beside each other.
 */
static int run(struct job *j, struct kt_err *err)
{
	bool alone = j->test->host_only;
	pthread_rwlock_t *turn = j->g->turn;
	int r = alone ? pthread_rwlock_wrlock(turn) : pthread_rwlock_rdlock(turn);
	if (r)
		return kt_fail(
			err, r, "run fewer machines at once", "no turn to run in: %s", strerror(r));
	r = alone ? run_on_host(j, err) : run_in_guest(j, err);
	pthread_rwlock_unlock(turn);
	if (r != -ENOTSUP)
		return r;
	kt_outcome_set_end(j->o, KT_END_SKIPPED, KT_STAGE_PLAN, err->fix, "%s", err->text);
	return 0;
}

static bool judge_and_report(struct job *j)
{
	struct kt_verdict v = {0};
	bool passed = judge(j, &v);
	kt_run_board_end(j->g->board, j->slot, passed);
	kt_run_output_add(j->g->output, j->o, &v);
	kt_verdict_done(&v);
	return passed;
}

bool kt_run_one(const struct kt_run_ground *g, const struct ktstr_test *test, unsigned repeat,
	unsigned slot)
{
	struct job j = {.g = g, .test = test, .repeat = repeat, .slot = slot};
	struct kt_err err = {0};
	j.o = calloc(1, sizeof(*j.o));
	if (!j.o) {
		kt_fail(&err, ENOMEM, "free some memory, or run fewer machines at once",
			"no memory to run %s", test->name);
		kt_run_output_fail(g->output, &err);
		return false;
	}
	kt_outcome_init(j.o, test);
	describe_run(&j);
	kt_run_board_begin(g->board, slot,
		&(struct kt_run_view_machine){.test = test->name,
			.repeat = repeat,
			.repeats = g->s->o->repeat,
			.on_host = test->host_only});
	if (run(&j, &err) < 0)
		kt_outcome_set_error(j.o, KT_STAGE_PLAN, &err);
	bool passed = judge_and_report(&j);
	kt_outcome_done(j.o);
	free(j.o);
	return passed;
}
