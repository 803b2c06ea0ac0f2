/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups of workers: forked behind a gate, moved by the caller, then released together, so
 * that no instruction of load runs in the wrong place. Counters live in memory shared with the
 * caller and can be read while the workers run.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ktstr/work.h>

#include "base/cpumask.h"
#include "base/err.h"
#include "work/attr.h"
#include "work/result.h"

struct kt_work; /* one running group */

struct kt_work_spec {
	const struct ktstr_work *work; /* kind, workers (0: 1), parameters (0: default) */
	const char *cgroup;	       /* for the results; "" is the harness's own */
	uint16_t group;		       /* which work of its cgroup */
	uint16_t phase;
	bool persistent;		   /* it outlives the step that starts it */
	uint64_t seed;			   /* of the test; each worker makes its own of it */
	const struct kt_work_where *where; /* NULL: anywhere */
};

/* What a kind of work demands of its parameters and count; 0 or -EINVAL. For the plan. */
int kt_work_check(const struct ktstr_work *work, struct kt_err *err);
const char *kt_work_kind_name(enum ktstr_work_kind kind);
unsigned kt_work_workers(const struct ktstr_work *work);

/*
 * Fork the workers, or the process whose threads they are. Each waits to be placed (or is on
 * its way, should it get no CPU time for a second). They die with the calling thread, and only
 * this layer may reap them. They inherit the caller's affinity, but neither its real-time policy
 * or negative nice value nor its signal handlers, descriptors or process group.
 */
int kt_work_spawn(const struct kt_work_spec *spec, struct kt_work **ret, struct kt_err *err);
/* The pids of their processes, valid until the group is stopped. */
const pid_t *kt_work_pids(const struct kt_work *w, size_t *ret_count);
/* The ids of the workers, processes or threads; 0 of them when not all had come up by the start. */
const pid_t *kt_work_tids(const struct kt_work *w, size_t *ret_count);
/*
 * They stand where they belong: let them set their attributes, wait until they have (or for a
 * second), and open the gate. 0 or -errno.
 */
int kt_work_start(struct kt_work *w, struct kt_err *err);
/*
 * Change the affinity of all workers of a group, each by its index and SEED. Returns how many
 * could not be changed; ERR then says why of the first. Those that are gone do not count.
 */
unsigned kt_work_set_affinity(
	struct kt_work *w, const struct kt_affinity *affinity, uint64_t seed, struct kt_err *err);
/* Sum of the workers' iterations so far. */
uint64_t kt_work_iterations(const struct kt_work *w);
void kt_work_set_cgroup(struct kt_work *w, const char *cgroup);

/*
 * The CPUs the workers may be seen on. Call _pause before changing a cpuset or moving the
 * workers, _set after (NULL: anywhere): what a worker sees between the two is not judged.
 */
void kt_work_allowed_pause(struct kt_work *w);
void kt_work_allowed_set(struct kt_work *w, const struct kt_cpus *allowed);

/*
 * Their cgroup is being frozen (before the write), or has been thawed (after it): the time
 * between is no gap of theirs.
 */
void kt_work_set_frozen(struct kt_work *w, bool frozen);

/*
 * Stop all workers of COUNT groups together, within one shared deadline, and append one
 * result per worker; those that are late, dead or corrupt are reported as such and killed.
 * A group is empty afterwards and still has to be freed. Returns the number of workers that
 * did not complete.
 */
struct kt_work_results {
	struct kt_work_result *items;
	size_t count, room;
};
unsigned kt_work_stop(struct kt_work *const *works, size_t count, struct kt_work_results *out);
void kt_work_results_done(struct kt_work_results *results);
/* Kills what still runs and reaps it. NULL is fine. */
void kt_work_free(struct kt_work *w);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_work, kt_work_free);
