// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's environment with other folders. While a hold lasts the workers of its step are
 * looked at; those of the whole scenario are not, which may have long sleeps by intention.
 */
#include "run/host_env.h"

#include <sched.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guest/env.h"
#include "run/host_stall.h"
#include "scenario/engine.h"

struct host_env {
	struct kt_guest_env guest; /* first: its functions get this as their own */
	struct kt_env base;	   /* those functions */
	struct kt_run_stall stall;
	char test[PATH_MAX + 8];       /* the folder for the cgroups */
	const struct kt_work *spawned; /* and to be watched from its start on */
	char spawned_in[128];	       /* its cgroup */
	uint16_t phase;
	uint64_t look_ns; /* the next look */
};

static void on_stall(void *arg, bool fails, const char *text)
{
	struct host_env *h = arg;
	h->base.on_detail(h, h->phase, fails, KT_RUN_STALL_KIND, text);
}

static int work_spawn(
	void *arg, const struct kt_work_spec *spec, struct kt_work **ret, struct kt_err *err)
{
	struct host_env *h = arg;
	int r = h->base.work_spawn(arg, spec, ret, err);
	h->spawned = r < 0 || spec->persistent ? NULL : *ret;
	snprintf(h->spawned_in, sizeof(h->spawned_in), "%s", spec->cgroup);
	return r;
}

/* A thread that moves makes up for no other: they are looked at one by one. */
static int work_start(void *arg, struct kt_work *w, struct kt_err *err)
{
	struct host_env *h = arg;
	size_t count = 0;
	int r = h->base.work_start(arg, w, err);
	if (r < 0 || w != h->spawned)
		return r;
	const pid_t *ids = h->base.work_tids(w, &count);
	if (!count)
		ids = h->base.work_pids(w, &count);
	kt_run_stall_add(&h->stall, w, h->spawned_in, ids, count);
	h->spawned = NULL;
	return r;
}

static unsigned work_stop(
	void *arg, struct kt_work *const *works, size_t count, struct kt_work_results *out)
{
	struct host_env *h = arg;
	for (size_t i = 0; i < count; i++)
		kt_run_stall_forget(&h->stall, works[i]);
	return h->base.work_stop(arg, works, count, out);
}

/* What is left of the step before has become the whole scenario's. */
static void on_phase(void *arg, uint16_t phase, uint64_t at_ms)
{
	struct host_env *h = arg;
	kt_run_stall_forget(&h->stall, NULL);
	h->phase = phase;
	h->base.on_phase(arg, phase, at_ms);
}

static int hold_until(
	void *arg, uint64_t deadline_ns, pid_t scheduler, bool *ret_ended, struct kt_err *err)
{
	struct host_env *h = arg;
	for (;;) {
		uint64_t next_ns = KT_MIN(deadline_ns, h->look_ns);
		bool ended = false;
		int r = h->base.hold_until(arg, next_ns, scheduler, &ended, err);
		*ret_ended = ended;
		if (r || ended || (next_ns == deadline_ns && !kt_deadline_passed(h->look_ns)))
			return r;
		h->look_ns = kt_deadline_ms(KT_RUN_STALL_EVERY_MS);
		kt_run_stall_look(&h->stall);
		if (next_ns == deadline_ns)
			return 0;
	}
}

static void host_env_init(struct host_env *h, const struct kt_run_host_cgroup *cgroup,
	struct kt_guest_shared *shared, int fd)
{
	*h = (struct host_env){.look_ns = kt_deadline_ms(KT_RUN_STALL_EVERY_MS)};
	kt_guest_env_init(&h->guest, shared, fd);
	snprintf(h->test, sizeof(h->test), "%s/" KT_RUN_HOST_TEST, cgroup->dir);
	h->guest.cgroups.mount = h->test;
	h->guest.cgroups.root = KT_RUN_HOST_ROOT;
	h->guest.cgroups.spill = "../" KT_RUN_HOST_OWN; /* its own takes no tasks */
	h->guest.programs = NULL; /* nothing was packed: programs are where this machine has them */
	h->base = h->guest.env;
	h->guest.env.work_spawn = work_spawn;
	h->guest.env.work_start = work_start;
	h->guest.env.work_stop = work_stop;
	h->guest.env.on_phase = on_phase;
	h->guest.env.hold_until = hold_until;
	h->stall = (struct kt_run_stall){
		.proc = "/proc", .mount = cgroup->mount, .on_detail = on_stall, .arg = h};
}

/* With CONFIG_RT_GROUP_SCHED a new cgroup has no time for real-time tasks: then without. */
static int enter(const struct kt_run_host_cgroup *cgroup, struct kt_err *err)
{
	struct sched_param none = {0};
	int r = kt_run_host_cgroup_enter(cgroup, err);
	if (r != -EINVAL || sched_setscheduler(0, SCHED_OTHER, &none) < 0)
		return r;
	kt_err_clear(err);
	return kt_run_host_cgroup_enter(cgroup, err);
}

void kt_run_host_env_run(const struct kt_plan *plan, const struct kt_run_host_cgroup *cgroup,
	uint64_t limit_ns, struct kt_guest_shared *shared, int fd)
{
	struct host_env h;
	struct kt_err err = {0};
	host_env_init(&h, cgroup, shared, fd);
	h.guest.limit_ns = limit_ns;
	int r = enter(cgroup, &err);
	if (r == 0)
		r = kt_engine_run(plan, &h.guest.env, &err);
	if (r < 0)
		kt_guest_env_fail(&h.guest, &err);
	kt_guest_env_done(&h.guest);
	kt_run_stall_done(&h.stall);
}
