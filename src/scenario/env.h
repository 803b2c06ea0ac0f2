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
#include "payload/metric.h"
#include "payload/run.h"
#include "scenario/capture.h"
#include "work/work.h"

/* The kind of a detail that says why the test cannot be run here. */
#define KT_ENV_SKIP "skip"

struct kt_stimulus {
	uint16_t phase;
	uint64_t at_ms; /* since the scenario's start */
	uint16_t ops;
	uint32_t op_mask; /* kt_op_bit() of the kinds */
	uint16_t cgroups, groups;
	uint64_t iterations;
	uint64_t knob_mask; /* bit of enum kt_knob_kind */
};

/* Points that the host times its own captures by: between pause and resume no load is meant. */
enum kt_marker {
	KT_MARKER_start,  /* the controllers are there, nothing has been made */
	KT_MARKER_pause,  /* a step is over, its teardown follows */
	KT_MARKER_resume, /* all of a step is there, its hold follows */
	KT_MARKER_end,	  /* all steps are over, or the body has returned */
	KT_MARKER_COUNT
};

/* How a scheduler under test came to its end. */
enum kt_sched_end {
	KT_SCHED_END_UNKNOWN, /* nobody saw it, or it is too early to say */
	KT_SCHED_END_CRASHED, /* the kernel ended it for an error */
	KT_SCHED_END_EXITED,  /* by itself, without an error */
};

struct kt_claim; /* scenario/claim.h */

struct kt_env {
	void *arg;

	/* Make the scenario's root and enable CONTROLLERS (a mask of knob.h) below it. */
	int (*setup)(void *arg, unsigned controllers, struct kt_err *err);
	int (*cgroup_add)(void *arg, const char *name, struct kt_err *err);
	/* Missing is fine. */
	int (*cgroup_remove)(void *arg, const char *name, struct kt_err *err);
	/* NULL clears. */
	int (*cgroup_set_cpuset)(
		void *arg, const char *name, const struct kt_cpus *cpus, struct kt_err *err);
	/* VALUE to a knob's file such as "memory.max"; its controller gets enabled above NAME. */
	int (*cgroup_write)(void *arg, const char *name, const char *file, const char *value,
		struct kt_err *err);
	/* Stop all tasks in and below NAME, or let them go on; again is fine. */
	int (*cgroup_freeze)(void *arg, const char *name, bool on, struct kt_err *err);
	/* The processes in NAME itself; *ret_pids is malloced, NULL when there are none. */
	int (*cgroup_read_procs)(void *arg, const char *name, pid_t **ret_pids, size_t *ret_count,
		struct kt_err *err);
	/* cpuset.cpus as it stands in the file: empty when the cgroup has none of its own. */
	int (*cgroup_read_cpuset)(
		void *arg, const char *name, struct kt_cpus *ret, struct kt_err *err);
	/* Processes with all their threads. */
	int (*cgroup_move)(
		void *arg, const char *name, const pid_t *pids, size_t count, struct kt_err *err);
	/* Threads one by one: NAME becomes threaded. */
	int (*cgroup_move_threads)(
		void *arg, const char *name, const pid_t *tids, size_t count, struct kt_err *err);

	/* As kt_work_spawn() and its companions of work.h; a fake returns its own groups. */
	int (*work_spawn)(void *arg, const struct kt_work_spec *spec, struct kt_work **ret,
		struct kt_err *err);
	int (*work_start)(void *arg, struct kt_work *w, struct kt_err *err);
	unsigned (*work_stop)(
		void *arg, struct kt_work *const *works, size_t count, struct kt_work_results *out);
	/* These have the signatures of work.h, so that the guest can name its functions here. */
	const pid_t *(*work_pids)(const struct kt_work *w, size_t *ret_count);
	const pid_t *(*work_tids)(const struct kt_work *w, size_t *ret_count);
	unsigned (*work_set_affinity)(struct kt_work *w, const struct kt_affinity *affinity,
		uint64_t seed, struct kt_err *err);
	uint64_t (*work_iterations)(const struct kt_work *w);
	void (*work_set_cgroup)(struct kt_work *w, const char *cgroup);
	void (*work_allowed_pause)(struct kt_work *w);
	void (*work_allowed_set)(struct kt_work *w, const struct kt_cpus *allowed);
	void (*work_set_frozen)(struct kt_work *w, bool frozen);
	void (*work_free)(struct kt_work *w);

	/* As kt_payload_start() and its companions of payload/run.h. */
	int (*payload_start)(void *arg, const struct kt_payload_spec *spec,
		struct kt_payload_run **ret, struct kt_err *err);
	int (*payload_wait)(void *arg, struct kt_payload_run *p, uint64_t deadline_ns,
		struct kt_payload_output *ret, struct kt_err *err);
	int (*payload_kill)(void *arg, struct kt_payload_run *p, struct kt_payload_output *ret,
		struct kt_err *err);
	void (*payload_free)(struct kt_payload_run *p);

	uint64_t (*now_ns)(void *arg);
	/* When the scenario is ended from outside, less what its end takes; 0: never. */
	uint64_t (*limit_ns)(void *arg);
	/* The process of the scheduler that is in charge now; 0: none. */
	pid_t (*scheduler_pid)(void *arg);
	/* How the scheduler whose process was PID has ended. */
	enum kt_sched_end (*scheduler_end)(void *arg, pid_t pid);
	/* As kt_hold_wait(), with the workers running. */
	int (*hold_until)(void *arg, uint64_t deadline_ns, pid_t scheduler, bool *ret_ended,
		struct kt_err *err);

	void (*on_phase)(void *arg, uint16_t phase, uint64_t at_ms);
	void (*on_capture)(void *arg, const struct kt_capture *c);
	/* A line of the placement log; NULL: none is kept. */
	void (*log_placement)(void *arg, const char *line);
	void (*on_marker)(void *arg, enum kt_marker kind, uint16_t phase, uint64_t at_ms);
	void (*on_stimulus)(void *arg, const struct kt_stimulus *s);
	void (*on_result)(void *arg, const struct kt_work_result *r);
	void (*on_metric)(void *arg, const struct kt_metric *m);
	void (*on_payload)(void *arg, const struct kt_payload_end *p);
	/* KIND is a short word: "step", "op", "cgroup", "hold", "sched_died", "test", ... */
	void (*on_detail)(
		void *arg, uint16_t phase, bool fails, const char *kind, const char *text);
	void (*on_claim)(void *arg, const struct kt_claim *c);
	void (*on_loss)(void *arg, enum kt_loss_reason reason, uint64_t n);
};
