// SPDX-License-Identifier: GPL-2.0-only
/* The functions of struct kt_env; each is a line or two of translation. */
#include "guest/env.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "wire/stream.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"
#define CGROUP_ROOT  "ktstr"

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

static int env_setup(void *arg, bool needs_cpuset, struct kt_err *err)
{
	struct kt_guest_env *e = arg;
	return kt_scenario_cgroup_setup(&e->cgroups, needs_cpuset, err);
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

static uint64_t env_now_ns(void *arg)
{
	(void)arg; /* there is one clock */
	return kt_now_ns();
}

static int env_hold_until(void *arg, uint64_t deadline_ns, struct kt_err *err)
{
	(void)arg; /* there is one clock */
	(void)err; /* sleeping cannot fail */
	kt_sleep_until(deadline_ns);
	return 0;
}

static void env_on_phase(void *arg, uint16_t phase, uint64_t at_ms)
{
	struct kt_guest_env *e = arg;
	struct kt_frame f = {.type = KT_FRAME_phase, .phase = {.phase = phase, .at_ms = at_ms}};
	atomic_store(&e->shared->phase, phase);
	send_frame(e, &f);
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
			.iterations = s->iterations}};
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
			.wake_max_ns = r->wake_max_ns}};
	send_frame(arg, &f);
}

static void env_on_detail(void *arg, uint16_t phase, bool fails, const char *kind, const char *text)
{
	struct kt_frame f = {.type = KT_FRAME_detail,
		.detail = {.phase = phase, .fails = fails, .kind = kind, .text = text}};
	send_frame(arg, &f);
}

static void env_on_loss(void *arg, enum kt_loss_reason reason, uint64_t n)
{
	struct kt_frame f = {
		.type = KT_FRAME_loss, .loss = {.reason = (uint16_t)reason, .count = n}};
	send_frame(arg, &f);
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
			.cgroup_move = env_cgroup_move,
			.work_spawn = env_work_spawn,
			.work_start = env_work_start,
			.work_stop = env_work_stop,
			.work_pids = kt_work_pids,
			.work_iterations = kt_work_iterations,
			.work_set_cgroup = kt_work_set_cgroup,
			.work_allowed_pause = kt_work_allowed_pause,
			.work_allowed_set = kt_work_allowed_set,
			.work_free = kt_work_free,
			.now_ns = env_now_ns,
			.hold_until = env_hold_until,
			.on_phase = env_on_phase,
			.on_stimulus = env_on_stimulus,
			.on_result = env_on_result,
			.on_detail = env_on_detail,
			.on_loss = env_on_loss},
		.cgroups = {.mount = CGROUP_MOUNT,
			.root = CGROUP_ROOT,
			.on_note = on_cgroup_note,
			.arg = e},
		.shared = shared,
		.fd = fd,
	};
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
