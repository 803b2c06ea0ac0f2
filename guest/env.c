// SPDX-License-Identifier: GPL-2.0-only
/* The functions of struct kt_env; each is a line or two of translation. */
#include "guest/env.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guest/program.h"
#include "scenario/claim.h"
#include "scenario/hold_wait.h"
#include "wire/stream.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"
#define CGROUP_ROOT  "ktstr"
/* What the end of a scenario takes: workers are given seconds to report. */
#define END_MIN_MS 2000ull
#define END_MAX_MS 15000ull

/*
 * PID 1 counts what arrives against what was sent: a body that closed the descriptor, or gave
 * its number to another file, must not lose a failure without a trace.
 */
static void write_frame(struct kt_guest_env *e, const struct kt_frame *f)
{
	(void)kt_stream_write(e->fd, f, e->seq++, &e->loss); /* as above */
	atomic_store(&e->shared->frames, e->seq);
}

static void send_frame(struct kt_guest_env *e, const struct kt_frame *f)
{
	uint64_t cut = e->loss.count[KT_LOSS_text_cut];
	write_frame(e, f);
	cut = e->loss.count[KT_LOSS_text_cut] - cut;
	if (!cut)
		return;
	struct kt_frame loss = {
		.type = KT_FRAME_loss, .loss = {.reason = KT_LOSS_text_cut, .count = cut}};
	write_frame(e, &loss);
}

static int env_setup(void *arg, unsigned controllers, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_setup(&e->cgroups, controllers, err);
}

static int env_cgroup_add(void *arg, const char *name, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_add(&e->cgroups, name, err);
}

static int env_cgroup_remove(void *arg, const char *name, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_remove(&e->cgroups, name, err);
}

static int env_cgroup_set_cpuset(
	void *arg, const char *name, const struct kt_cpus *cpus, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_set_cpuset(&e->cgroups, name, cpus, err);
}

static int env_cgroup_write(
	void *arg, const char *name, const char *file, const char *value, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_write(&e->cgroups, name, file, value, err);
}

static int env_cgroup_freeze(void *arg, const char *name, bool on, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_freeze(&e->cgroups, name, on, err);
}

static int env_cgroup_read_procs(
	void *arg, const char *name, pid_t **ret_pids, size_t *ret_count, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_read_procs(&e->cgroups, name, ret_pids, ret_count, err);
}

static int env_cgroup_read_cpuset(
	void *arg, const char *name, struct kt_cpus *ret, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_read_cpuset(&e->cgroups, name, ret, err);
}

static int env_cgroup_move_threads(
	void *arg, const char *name, const pid_t *tids, size_t count, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_move_threads(&e->cgroups, name, tids, count, err);
}

static int env_cgroup_move(
	void *arg, const char *name, const pid_t *pids, size_t count, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_move(&e->cgroups, name, pids, count, err);
}

static int env_work_spawn(
	void *arg, const struct kt_work_spec *spec, struct kt_work **ret, struct kt_err *err)
{
	(void)arg; /* workers know nothing of the environment */
	return kt_work_spawn(spec, ret, err);
}

static int env_work_start(void *arg, struct kt_work *w, struct kt_err *err)
{
	(void)arg; /* workers know nothing of the environment */
	return kt_work_start(w, err);
}

static unsigned env_work_stop(
	void *arg, struct kt_work *const *works, size_t count, struct kt_work_results *out)
{
	(void)arg; /* workers know nothing of the environment */
	return kt_work_stop(works, count, out);
}

static int env_payload_start(void *arg, const struct kt_payload_spec *spec,
	struct kt_payload_run **ret, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	KT_AUTOFREE char *program = NULL;
	KT_AUTOFD int cgroup_fd = -1;
	int r = kt_guest_program_find(e->programs, spec->payload->program, &program, err);
	if (!r && *spec->cgroup)
		r = kt_scenario_cgroup_open(&e->cgroups, spec->cgroup, &cgroup_fd, err);
	if (r < 0)
		return r;
	return kt_payload_start(spec, program, cgroup_fd < 0 ? 0 : cgroup_fd, ret, err);
}

static int env_payload_wait(void *arg, struct kt_payload_run *p, uint64_t deadline_ns,
	struct kt_payload_output *ret, struct kt_err *err)
{
	(void)arg; /* programs know nothing of the environment */
	return kt_payload_wait(p, deadline_ns, ret, err);
}

static int env_payload_kill(
	void *arg, struct kt_payload_run *p, struct kt_payload_output *ret, struct kt_err *err)
{
	(void)arg; /* programs know nothing of the environment */
	return kt_payload_kill(p, ret, err);
}

static uint64_t env_now_ns(void *arg)
{
	(void)arg; /* there is one clock */
	return kt_now_ns();
}

static uint64_t env_limit_ns(void *arg)
{
	struct kt_guest_env *e = arg;
	return e->limit_ns;
}

/* No scheduler is started yet: tests run on the kernel's own. */
static pid_t env_scheduler_pid(void *arg)
{
	(void)arg; /* same signature as others */
	return 0;
}

static enum kt_sched_end env_scheduler_end(void *arg, pid_t pid)
{
	(void)arg, (void)pid; /* nobody looks into the kernel for its last words */
	return KT_SCHED_END_UNKNOWN;
}

static int env_hold_until(
	void *arg, uint64_t deadline_ns, pid_t scheduler, bool *ret_ended, struct kt_err *err)
{
	(void)arg; /* there is one clock */
	return kt_hold_wait(deadline_ns, scheduler, ret_ended, err);
}

static void env_on_phase(void *arg, uint16_t phase, uint64_t at_ms)
{
	struct kt_guest_env *e = arg;
	struct kt_frame f = {.type = KT_FRAME_phase, .phase = {.phase = phase, .at_ms = at_ms}};
	atomic_store(&e->shared->phase, phase);
	send_frame(e, &f);
}

static void env_on_marker(void *arg, enum kt_marker kind, uint16_t phase, uint64_t at_ms)
{
	struct kt_frame f = {.type = KT_FRAME_marker,
		.marker = {.kind = (uint16_t)kind, .phase = phase, .at_ms = at_ms}};
	send_frame(arg, &f);
}

static void env_on_stimulus(void *arg, const struct kt_stimulus *s)
{
	struct kt_frame f = {.type = KT_FRAME_stimulus,
		.stimulus = {.phase = s->phase,
			.at_ms = s->at_ms,
			.ops = s->ops,
			.op_mask = s->op_mask,
			.cgroups = s->cgroups,
			.groups = s->groups,
			.iterations = s->iterations,
			.knob_mask = s->knob_mask}};
	send_frame(arg, &f);
}

static void env_on_result(void *arg, const struct kt_work_result *r)
{
	struct kt_frame f = {.type = KT_FRAME_worker,
		.worker = {.phase = r->phase,
			.group = r->group,
			.index = r->index,
			.kind = (uint16_t)r->kind,
			.cgroup = r->cgroup,
			.completed = r->completed,
			.exit_text = r->exit_text,
			.work_units = r->work_units,
			.iterations = r->iterations,
			.wall_ns = r->wall_ns,
			.cpu_ns = r->cpu_ns,
			.run_delay_ns = r->run_delay_ns,
			.gap_ns = r->gap_ns,
			.gap_cpu = r->gap_cpu,
			.gap_at_ns = r->gap_at_ns,
			.migrations = r->migrations,
			.cpus_used = r->cpus_used,
			.confined = r->confined,
			.cpus_allowed = r->cpus_allowed,
			.cpus_outside = r->cpus_outside,
			.outside = r->outside,
			.wakes = r->wakes,
			.wake_p50_ns = r->wake_p50_ns,
			.wake_p99_ns = r->wake_p99_ns,
			.wake_max_ns = r->wake_max_ns,
			.wake_mean_ns = r->wake_mean_ns,
			.wake_sd_ns = r->wake_sd_ns,
			.costs = r->costs,
			.cost_p50_ns = r->cost_p50_ns,
			.cost_p99_ns = r->cost_p99_ns,
			.cost_max_ns = r->cost_max_ns,
			.timers = r->timers,
			.timer_p50_ns = r->timer_p50_ns,
			.timer_p99_ns = r->timer_p99_ns,
			.timer_max_ns = r->timer_max_ns,
			.measured = r->measured,
			.picks = r->picks,
			.pages_total = r->pages_total,
			.pages_expected = r->pages_expected,
			.pages_slow = r->pages_slow,
			.pages_migrated = r->pages_migrated,
			.pages_by_node = r->pages_by_node,
			.migrations_text = r->migrations_text,
			.affinity_error = r->affinity_error,
			.policy_error = r->policy_error,
			.other_error = r->other_error}};
	send_frame(arg, &f);
}

static uint64_t bits_of(double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void env_on_metric(void *arg, const struct kt_metric *m)
{
	struct kt_frame f = {.type = KT_FRAME_metric,
		.metric = {.phase = m->phase,
			.source = m->source,
			.cgroup = m->cgroup,
			.name = m->name,
			.unit = m->unit,
			.polarity = (uint16_t)m->polarity,
			.value_bits = bits_of(m->value),
			.target_bits = bits_of(m->target)}};
	send_frame(arg, &f);
}

static void env_on_payload(void *arg, const struct kt_payload_end *p)
{
	struct kt_frame f = {.type = KT_FRAME_payload,
		.payload = {.phase = p->phase,
			.name = p->name,
			.cgroup = p->cgroup,
			.how = p->how,
			.exit_code = p->exit_code,
			.stopped = p->stopped,
			.wall_ns = p->wall_ns,
			.out_bytes = p->out_bytes,
			.err_bytes = p->err_bytes,
			.metrics = p->metrics,
			.failures = p->failures,
			.tail = p->tail}};
	send_frame(arg, &f);
}

static void env_on_detail(void *arg, uint16_t phase, bool fails, const char *kind, const char *text)
{
	struct kt_frame f = {.type = KT_FRAME_detail,
		.detail = {.phase = phase, .fails = fails, .kind = kind, .text = text}};
	send_frame(arg, &f);
}

static void env_on_claim(void *arg, const struct kt_claim *c)
{
	struct kt_frame f = {.type = KT_FRAME_claim,
		.claim = {.phase = c->phase,
			.verdict = (uint16_t)c->verdict,
			.counts = c->counts,
			.has_value = c->has_value,
			.value_bits = bits_of(c->value),
			.bound_bits = bits_of(c->bound),
			.label = c->label,
			.text = c->text}};
	send_frame(arg, &f);
}

static void env_on_loss(void *arg, enum kt_loss_reason reason, uint64_t n)
{
	struct kt_frame f = {
		.type = KT_FRAME_loss, .loss = {.reason = (uint16_t)reason, .count = n}};
	send_frame(arg, &f);
}

static void env_on_capture(void *arg, const struct kt_capture *c)
{
	KT_AUTOFREE char *pids = kt_capture_text(c);
	struct kt_frame f = {.type = KT_FRAME_capture,
		.capture = {.phase = c->phase,
			.tag = c->tag,
			.cgroup = c->cgroup,
			.count = (uint32_t)KT_MIN(c->count, (size_t)UINT32_MAX),
			.pids = pids}};
	send_frame(arg, &f);
}

static void env_log_placement(void *arg, const char *line)
{
	struct kt_guest_env *e = arg;
	if (!kt_guest_placement_add(&e->placement, line))
		env_on_loss(e, KT_LOSS_placement_cut, 1);
}

static void on_cgroup_note(void *arg, const char *text)
{
	struct kt_guest_env *e = arg;
	env_on_detail(e, atomic_load(&e->shared->phase), false, "cgroup", text);
}

void kt_guest_env_init(struct kt_guest_env *e, struct kt_guest_shared *shared, int fd)
{
	*e = (struct kt_guest_env){
		.env = {.arg = e,
			.setup = env_setup,
			.cgroup_add = env_cgroup_add,
			.cgroup_remove = env_cgroup_remove,
			.cgroup_set_cpuset = env_cgroup_set_cpuset,
			.cgroup_write = env_cgroup_write,
			.cgroup_freeze = env_cgroup_freeze,
			.cgroup_read_procs = env_cgroup_read_procs,
			.cgroup_read_cpuset = env_cgroup_read_cpuset,
			.cgroup_move = env_cgroup_move,
			.cgroup_move_threads = env_cgroup_move_threads,
			.work_spawn = env_work_spawn,
			.work_start = env_work_start,
			.work_stop = env_work_stop,
			.work_pids = kt_work_pids,
			.work_tids = kt_work_tids,
			.work_set_affinity = kt_work_set_affinity,
			.work_iterations = kt_work_iterations,
			.work_set_cgroup = kt_work_set_cgroup,
			.work_allowed_pause = kt_work_allowed_pause,
			.work_allowed_set = kt_work_allowed_set,
			.work_set_frozen = kt_work_set_frozen,
			.work_free = kt_work_free,
			.payload_start = env_payload_start,
			.payload_wait = env_payload_wait,
			.payload_kill = env_payload_kill,
			.payload_free = kt_payload_free,
			.now_ns = env_now_ns,
			.limit_ns = env_limit_ns,
			.scheduler_pid = env_scheduler_pid,
			.scheduler_end = env_scheduler_end,
			.hold_until = env_hold_until,
			.on_phase = env_on_phase,
			.on_capture = env_on_capture,
			.on_marker = env_on_marker,
			.on_stimulus = env_on_stimulus,
			.on_result = env_on_result,
			.on_metric = env_on_metric,
			.on_payload = env_on_payload,
			.on_detail = env_on_detail,
			.on_claim = env_on_claim,
			.on_loss = env_on_loss},
		.cgroups = {.mount = CGROUP_MOUNT,
			.root = CGROUP_ROOT,
			.on_note = on_cgroup_note,
			.arg = e},
		.shared = shared,
		.programs = KT_GUEST_PROGRAMS_PATH,
		.fd = fd,
	};
}

uint64_t kt_guest_env_limit_ns(uint64_t timeout_ms)
{
	uint64_t end_ms = KT_MIN(KT_MAX(timeout_ms / 10, END_MIN_MS), END_MAX_MS);
	return kt_deadline_ms(timeout_ms - KT_MIN(end_ms, timeout_ms / 2));
}

void kt_guest_env_log_placement(struct kt_guest_env *e, const char *path)
{
	e->placement.path = path;
	e->env.log_placement = env_log_placement;
}

void kt_guest_env_fail(struct kt_guest_env *e, const struct kt_err *err)
{
	char text[KT_ERR_TEXT_BYTES + KT_ERR_FIX_BYTES + 16];
	snprintf(text, sizeof(text), "%s (fix: %s)", err->text, err->fix);
	env_on_detail(e, atomic_load(&e->shared->phase), true, "guest", text);
}

void kt_guest_env_done(struct kt_guest_env *e)
{
	struct kt_err err = {0};
	if (kt_scenario_cgroup_teardown(&e->cgroups, &err) < 0)
		on_cgroup_note(e, err.text);
}
