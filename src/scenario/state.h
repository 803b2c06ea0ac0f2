/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a running scenario has made, in two lifetimes: step-local things end with their step,
 * persistent ones with the scenario (a test's body makes those). Lookups go by name over
 * both, since a name exists only once. Used by the engine, its ops and the calls of a body.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "scenario/capture.h"
#include "scenario/env.h"
#include "scenario/names.h"
#include "scenario/plan.h"
#include "scenario/state_payload.h"

/* One work of one cgroup: some workers that run, or wait at their gate. */
struct kt_group {
	struct kt_work *work;
	char cgroup[KT_NAME_BYTES]; /* "" is the harness's own */
	bool persistent;
	bool threads; /* they are placed one by one */
	bool placed;  /* false: where its workers are is uncertain, they are not judged */
};

/* Ops and knobs that were applied, for a stimulus. */
struct kt_done {
	size_t ops;
	uint32_t op_mask;
	uint64_t knob_mask;
};

struct kt_state {
	const struct kt_env *env;
	const struct kt_plan *plan;
	struct kt_names names;
	KT_VEC(struct kt_group) groups;
	struct kt_state_payloads payloads;
	struct kt_captures captures;
	uint64_t draws;		/* of affinities by ops so far: each draws anew */
	uint16_t runner_groups; /* groups started in the harness's cgroup so far */
	struct kt_done body;	/* by the body itself, so far */
	bool persistent;	/* the lifetime of what is made now */
	bool quiet;		/* in later rounds of a loop: the first has noted what there is */
	pid_t sched_ended;	/* the scheduler's process, once it was seen to have ended */
	bool sched_recorded;	/* its end stands in the result */
	uint16_t phase;		/* 0 before the first step */
	char place[KT_NAME_PLACE_BYTES]; /* who acts: "op 1 (spawn) of step 0" */
	uint64_t start_ns, end_ns;	 /* of the workload, by env->now_ns */
};

/* Begins the workload's time. PLAN and ENV outlive the state. */
void kt_state_init(struct kt_state *s, const struct kt_plan *plan, const struct kt_env *env);
/* After both lifetimes have been ended; workers that are left are killed without a result. */
void kt_state_done(struct kt_state *s);

uint64_t kt_state_elapsed_ms(const struct kt_state *s);
/* The next phase begins; phases beyond the last number are counted as lost. */
void kt_state_next_phase(struct kt_state *s);
void kt_state_mark(struct kt_state *s, enum kt_marker kind);
/* Tell that DONE has been applied, and what there is now; counts that do not fit are counted. */
void kt_state_send_stimulus(struct kt_state *s, const struct kt_done *done);
void kt_state_detail(struct kt_state *s, bool fails, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Make the cgroup, set its cpuset, start its works in order, then its payload. */
int kt_state_make_cgroup(struct kt_state *s, const struct kt_plan_cgroup *def, struct kt_err *err);
/* Fork a group, move it into CGROUP ("": it stays with the harness), open its gate. */
int kt_state_start_group(
	struct kt_state *s, const char *cgroup, const struct ktstr_work *work, struct kt_err *err);
/*
 * End the payloads and groups of one cgroup, of both lifetimes, and hand on their results.
 */
void kt_state_stop_cgroup(struct kt_state *s, const char *cgroup);
/*
 * Remove a cgroup that exists, its payloads and workers first. Failing leaves a note, and the
 * cgroup known, so that the end of its lifetime tries again.
 */
void kt_state_remove_cgroup(struct kt_state *s, const char *cgroup);
/*
 * End the payloads of a lifetime, the newest first, then all its groups together; hand on their
 * results; then remove its cgroups, the newest first.
 */
void kt_state_end_lifetime(struct kt_state *s, bool persistent, const char *ended);

/*
 * Move all groups of FROM into TO, and know them by that name. On failure what was touched is moved
 * back and judged as before; what cannot go back is no longer judged by isolation.
 */
int kt_state_move_groups(struct kt_state *s, const char *from, const char *to, struct kt_err *err);

/* What happens to groups in and below CGROUP between the two is not judged by isolation. */
void kt_state_pause_judging(struct kt_state *s, const char *cgroup);
void kt_state_resume_judging(struct kt_state *s, const char *cgroup);

/* Iterations of the groups in CGROUP, NULL: of all. */
uint64_t kt_state_iterations(const struct kt_state *s, const char *cgroup);
