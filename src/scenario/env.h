/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world a scenario acts on, as the engine sees it: the guest supplies cgroupfs, forked
 * workers, the clock and the frame port; tests supply a recording fake. Cgroup names are
 * relative to the scenario's own root.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cpumask.h"
#include "base/err.h"
#include "base/loss.h"
#include "work/work.h"

/* The kind of a detail that says why the test cannot be run here. */
#define KT_ENV_SKIP "skip"

struct kt_stimulus {
	uint16_t phase;
	uint64_t at_ms; /* since the scenario's start */
	uint16_t ops;
	uint32_t op_mask; /* bit of enum ktstr_op_kind */
	uint16_t cgroups, groups;
	uint64_t iterations;
};

struct kt_env {
	void *arg;

	/* Make the scenario's root and enable the controllers it needs below it. */
	int (*setup)(void *arg, bool needs_cpuset, struct kt_err *err);
	int (*cgroup_add)(void *arg, const char *name, struct kt_err *err);
	/* Missing is fine. */
	int (*cgroup_remove)(void *arg, const char *name, struct kt_err *err);
	/* NULL clears. */
	int (*cgroup_set_cpuset)(
		void *arg, const char *name, const struct kt_cpus *cpus, struct kt_err *err);
	int (*cgroup_move)(
		void *arg, const char *name, const pid_t *pids, size_t count, struct kt_err *err);

	/* As kt_work_spawn() and its companions of work.h; a fake returns its own groups. */
	int (*work_spawn)(void *arg, const struct kt_work_spec *spec, struct kt_work **ret,
		struct kt_err *err);
	int (*work_start)(void *arg, struct kt_work *w, struct kt_err *err);
	unsigned (*work_stop)(
		void *arg, struct kt_work *const *works, size_t count, struct kt_work_results *out);
	/* These have the signatures of work.h, so that the guest can name its functions here. */
	const pid_t *(*work_pids)(const struct kt_work *w, size_t *ret_count);
	uint64_t (*work_iterations)(const struct kt_work *w);
	void (*work_set_cgroup)(struct kt_work *w, const char *cgroup);
	void (*work_allowed_pause)(struct kt_work *w);
	void (*work_allowed_set)(struct kt_work *w, const struct kt_cpus *allowed);
	void (*work_free)(struct kt_work *w);

	uint64_t (*now_ns)(void *arg);
	/* Sleep until then, with the workers running. 0 or -errno. */
	int (*hold_until)(void *arg, uint64_t deadline_ns, struct kt_err *err);

	void (*on_phase)(void *arg, uint16_t phase, uint64_t at_ms);
	void (*on_stimulus)(void *arg, const struct kt_stimulus *s);
	void (*on_result)(void *arg, const struct kt_work_result *r);
	/* KIND is a short word for machines: "step", "op", "cgroup", "hold", "test", "skip". */
	void (*on_detail)(
		void *arg, uint16_t phase, bool fails, const char *kind, const char *text);
	void (*on_loss)(void *arg, enum kt_loss_reason reason, uint64_t n);
};
