// SPDX-License-Identifier: GPL-2.0-only
/* The kind whose work is a function of the test; this side gives it what it may know. */
#include <ktstr/custom.h>

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/kind.h"
#include "work/place.h"
#include "work/step.h"

#define PEERS_MAX 4096u

struct custom {
	struct ktstr_custom_config none;
	unsigned cpus[KT_CPUS_MAX];
	pid_t peers[PEERS_MAX];
	char dir[512];
};

static size_t list_peers(const struct kt_worker *w, pid_t *ret)
{
	size_t count = 0;
	for (unsigned i = 0; i < w->shared->workers && count < PEERS_MAX; i++) {
		pid_t tid = atomic_load(&w->shared->slots[i].tid);
		if (i != w->index && tid > 0)
			ret[count++] = tid;
	}
	return count;
}

static size_t list_cpus(unsigned *ret)
{
	struct kt_cpus cpus;
	size_t count = 0;
	if (!kt_worker_cpus(&cpus))
		return 0;
	for (int c = kt_cpus_next(&cpus, 0); c >= 0; c = kt_cpus_next(&cpus, c + 1))
		ret[count++] = (unsigned)c;
	return count;
}

/* Nobody but its author knows what is a gap of it. */
static void excuse(struct kt_worker *w)
{
	w->meter.last_ns = kt_now_ns();
	kt_meter_rest(&w->meter); /* shows the units, and notes the CPU */
	kt_worker_waits(w);
}

static void step_custom(struct kt_worker *w)
{
	struct custom *mine = w->state;
	if (!kt_worker_cgroup_dir(mine->dir, sizeof(mine->dir)))
		mine->dir[0] = '\0';
	struct ktstr_custom c = {
		.config = w->work->custom.config ? w->work->custom.config : &mine->none,
		.index = w->index,
		.workers = w->shared->workers,
		.cpus = mine->cpus,
		.cpu_count = list_cpus(mine->cpus),
		.peers = mine->peers,
		.peer_count = list_peers(w, mine->peers),
		.cgroup_dir = mine->dir,
		.private_ = w,
	};
	kt_worker_waits(w);
	w->work->custom.run(&c);
	excuse(w);
}

const struct kt_work_ops kt_work_ops_custom = {
	.step = step_custom,
	.state_bytes = sizeof(struct custom),
	.flags = KT_WORK_NEEDS_PARAMS,
};

__attribute__((visibility("default"))) bool ktstr_custom_stopped(const struct ktstr_custom *c)
{
	const struct kt_worker *w = c->private_;
	return kt_worker_stopped(w);
}

__attribute__((visibility("default"))) void ktstr_custom_progress(
	struct ktstr_custom *c, uint64_t work_units, uint64_t iterations)
{
	struct kt_worker *w = c->private_;
	w->meter.r.work_units += work_units;
	w->meter.r.iterations += iterations;
	atomic_store_explicit(&w->slot->iterations, w->meter.r.iterations, memory_order_relaxed);
	excuse(w);
}

__attribute__((visibility("default"))) void ktstr_custom_metric(
	struct ktstr_custom *c, const char *name, const char *unit, double value)
{
	kt_worker_metric(c->private_, name, unit, value);
}

__attribute__((visibility("default"))) void ktstr_custom_memory(
	struct ktstr_custom *c, void *at, size_t bytes)
{
	struct kt_worker *w = c->private_;
	for (unsigned i = 0; i < w->meter.region_count; i++)
		if (w->meter.regions[i].at == at) {
			w->meter.regions[i].bytes = bytes;
			return;
		}
	kt_meter_region(&w->meter, at, bytes);
}
