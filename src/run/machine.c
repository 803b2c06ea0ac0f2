// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's life as stages: boot (to hello), ready, scenario, shutdown. Frames arrive on
 * vCPU threads, one at a time, and move the stage on together with the VM's deadline. A second
 * thread samples the host's interference while the scenario runs.
 */
#include "run/machine.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "kernel/symptom.h"
#include "report/outcome_frame.h"
#include "report/verdict.h"
#include "run/delay.h"
#include "run/interrupt.h"
#include "run/memory.h"
#include "wire/stream.h"

struct machine {
	const struct kt_run_machine_config *config;
	struct kt_outcome *o;
	struct kt_vm *vm;
	const struct kt_run_budget *budget;
	struct kt_run_delay *delay;
	struct kt_stream_seq seq;
	struct kt_stream_reader *frames, *crash;
	enum kt_outcome_stage stage;
	uint64_t stage_start_ns;
	uint64_t deadline_ns; /* 0: none yet */
	struct machine *next;
};

/* The machines that Ctrl-C is to end. */
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;
static struct machine *running;

static void enter_stage(struct machine *m, enum kt_outcome_stage stage)
{
	uint64_t now = kt_now_ns();
	m->o->stage_ms[m->stage] += (now - m->stage_start_ns) / KT_NS_PER_MS;
	m->stage = stage;
	m->stage_start_ns = now;

	m->deadline_ns = kt_run_budget_deadline_ns(m->budget, stage, now, m->deadline_ns);
	char what[96];
	snprintf(what, sizeof(what), "%s%s", kt_outcome_stage_name(stage),
		m->budget->whole_ms ? ", by the --timeout of the whole test" : "");
	kt_vm_set_deadline_ns(m->vm, m->deadline_ns, what);
	if (m->config->on_stage)
		m->config->on_stage(m->config->arg, stage);
}

static void on_frame(void *arg, const struct kt_frame *f)
{
	struct machine *m = arg;
	uint64_t now = kt_now_ns();
	kt_outcome_take_frame(m->o, f);
	/* Only forward: a guest that repeats itself gets no more time. */
	if (f->type == KT_FRAME_hello && m->stage == KT_STAGE_BOOT) {
		m->o->clock.hello_ns = now;
		enter_stage(m, KT_STAGE_READY);
	} else if (f->type == KT_FRAME_ready && m->stage == KT_STAGE_READY) {
		m->o->clock.ready_ns = now;
		enter_stage(m, KT_STAGE_SCENARIO);
		kt_run_delay_mark(m->delay);
		kt_run_memory_look(&m->o->host_memory_bytes);
		kt_log(KT_LOG_DEBUG, "%s: the scenario runs", m->o->test->name);
	} else if (f->type == KT_FRAME_finish && m->stage == KT_STAGE_SCENARIO) {
		m->o->clock.finish_ns = now;
		kt_run_delay_stop(m->delay);
		enter_stage(m, KT_STAGE_SHUTDOWN);
	}
}

static void on_console(void *arg, const void *data, size_t bytes)
{
	struct machine *m = arg;
	kt_outcome_add_console(m->o, data, bytes);
	if (m->config->on_console)
		m->config->on_console(m->config->arg, data, bytes);
}

static void on_term(void *arg, const void *data, size_t bytes)
{
	kt_outcome_add_term(((struct machine *)arg)->o, data, bytes);
}

static void on_frames(void *arg, const void *data, size_t bytes)
{
	kt_stream_push(((struct machine *)arg)->frames, data, bytes);
}

static void on_crash(void *arg, const void *data, size_t bytes)
{
	kt_stream_push(((struct machine *)arg)->crash, data, bytes);
}

static int make_vm(struct machine *m, struct kt_err *err)
{
	const struct kt_run_design *d = m->config->design;
	struct kt_vm_config config = {
		.topo = &d->plan->topo,
		.kernel_path = d->kernel_path,
		.initramfs = m->config->image->data,
		.initramfs_bytes = m->config->image->bytes,
		.cmdline = d->cmdline,
		.kaslr = d->kaslr,
		.ram_bytes = d->ram_bytes,
		.sinks = {.arg = m,
			.console = on_console,
			.crash = on_crash,
			.port = {[KT_VM_PORT_TERM] = on_term, [KT_VM_PORT_FRAMES] = on_frames}},
	};
	m->o->kernel_cmdline = strdup(d->cmdline);
	return kt_vm_new(&config, &m->vm, err);
}

/* What an end of the machine means for the run. */
static void set_end(struct machine *m, const struct kt_vm_end *end)
{
	static const enum kt_outcome_end meaning[] = {
		[KT_VM_RESET] = KT_END_RESET,
		[KT_VM_POWEROFF] = KT_END_RESET,
		[KT_VM_PANIC] = KT_END_PANIC,
		[KT_VM_TRIPLE_FAULT] = KT_END_SHUTDOWN,
		[KT_VM_DEADLINE] = KT_END_DEADLINE,
		[KT_VM_STOPPED] = KT_END_INTERRUPTED,
		[KT_VM_KVM_ERROR] = KT_END_ERROR,
	};
	static const char *const fix[] = {
		[KT_VM_RESET] = "",
		[KT_VM_POWEROFF] = "",
		[KT_VM_PANIC] = "look at the console for what came before the panic",
		[KT_VM_TRIPLE_FAULT] = "look at the console; the kernel died without a word",
		[KT_VM_DEADLINE] = "look at the console for what hangs; --timeout gives more time",
		[KT_VM_STOPPED] = "",
		[KT_VM_KVM_ERROR] = "try --accel soft; -v says what /dev/kvm can do here",
	};
	kt_outcome_set_end(m->o, meaning[end->why], m->stage, fix[end->why], "%s", end->text);
}

/*
 * Where the guest never spoke, its console is all there is, and a deadline alone would not say
 * what the kernel lacks. Whether a deadline is a failure the judge says, who knows the host.
 */
static void note_symptom(struct machine *m, const struct kt_vm_end *end)
{
	if (m->o->hello || end->why == KT_VM_STOPPED || end->why == KT_VM_KVM_ERROR)
		return;
	kt_vec_each(d, &m->o->details)
		if (d->fails)
			return;
	struct kt_ksymptom s = kt_ksymptom_of(kt_str_get(&m->o->console));
	KT_AUTOFREE char *text =
		kt_strf("the test program did not start: %s (fix: %s)", s.cause, s.fix);
	if (text)
		kt_outcome_add_detail(m->o, 0, end->why != KT_VM_DEADLINE, "boot", text);
}

static void add_running(struct machine *m)
{
	pthread_mutex_lock(&running_lock);
	m->next = running;
	running = m;
	pthread_mutex_unlock(&running_lock);
}

static void remove_running(struct machine *m)
{
	pthread_mutex_lock(&running_lock);
	struct machine **at = &running;
	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	pthread_mutex_unlock(&running_lock);
}

/* A guest that broke the rules of virtio may have lost output: the reader should know. */
static void note_faults(struct machine *m)
{
	struct kt_vm_counters n;
	kt_vm_counters(m->vm, &n);
	if (!n.virtio_errors)
		return;
	KT_AUTOFREE char *text = kt_strf(
		"the guest broke the rules of virtio %llu times, last: %s (fix: look for a program "
		"in the guest that writes to /dev/mem, or for a faulty driver)",
		(unsigned long long)n.virtio_errors, n.virtio_fault);
	if (text)
		kt_outcome_add_detail(m->o, 0, false, "monitor", text);
}

/* A sink that hangs uses the outcome and the readers: nobody may report or free them now. */
static void leave_if_in_sink(const struct machine *m, const struct kt_err *err)
{
	if (!kt_vm_in_sink(m->vm))
		return;
	kt_log(KT_LOG_WARN, "%s: %s (%s)", m->o->test->name, err->text, err->fix);
	_exit(kt_verdict_exit_code(KT_VERDICT_ERROR));
}

static int run_vm(struct machine *m, struct kt_err *err)
{
	struct kt_vm_end end;
	enter_stage(m, KT_STAGE_BOOT);
	add_running(m);
	/* A signal that came earlier found no machine to end. */
	if (kt_run_interrupted())
		kt_run_machine_interrupt();
	int r = kt_vm_run(m->vm, &end, err);
	remove_running(m);
	if (r < 0)
		leave_if_in_sink(m, err);
	kt_run_delay_stop(m->delay);
	kt_stream_finish(m->frames);
	kt_stream_finish(m->crash);
	note_faults(m);
	if (r < 0)
		return r;
	m->o->stage_ms[m->stage] += (kt_now_ns() - m->stage_start_ns) / KT_NS_PER_MS;
	m->o->clock.kvm_run_ns = end.start_ns;
	m->o->clock.end_ns = end.end_ns;
	kt_run_memory_look(&m->o->host_memory_bytes);
	set_end(m, &end);
	note_symptom(m, &end);
	return 0;
}

static int set_up(struct machine *m, struct kt_err *err)
{
	m->frames = kt_stream_reader_new(on_frame, m, &m->seq, &m->o->loss);
	m->crash = kt_stream_reader_new(on_frame, m, &m->seq, &m->o->loss);
	if (!m->frames || !m->crash)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for the frame readers");
	kt_run_memory_begin(&m->o->host_memory_bytes);
	int r = make_vm(m, err);
	return r < 0 ? r : kt_run_delay_start(m->vm, m->o, &m->delay, err);
}

void kt_run_machine(const struct kt_run_machine_config *config, struct kt_outcome *outcome)
{
	struct machine m = {
		.config = config,
		.o = outcome,
		.stage = KT_STAGE_VM,
		.stage_start_ns = kt_now_ns(),
		.budget = &config->design->budget,
	};
	struct kt_err err = {0};
	if (kt_run_interrupted()) {
		kt_outcome_set_end(outcome, KT_END_INTERRUPTED, KT_STAGE_VM, "", "%s", "");
		return;
	}
	if (m.budget->whole_ms)
		m.deadline_ns = kt_deadline_ms(m.budget->whole_ms);
	if (set_up(&m, &err) < 0 || run_vm(&m, &err) < 0)
		kt_outcome_set_error(outcome, m.stage, &err);
	kt_run_delay_free(m.delay);
	if (m.vm && config->on_end)
		config->on_end(config->arg, m.vm);
	kt_vm_free(m.vm);
	kt_stream_reader_free(m.frames);
	kt_stream_reader_free(m.crash);
}

void kt_run_machine_interrupt(void)
{
	pthread_mutex_lock(&running_lock);
	for (struct machine *m = running; m; m = m->next)
		kt_vm_stop(m->vm, "");
	pthread_mutex_unlock(&running_lock);
}
