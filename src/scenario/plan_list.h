/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making the steps of a plan: for a test that has them, and for those a body gives while it
 * runs. Between plan.c, plan_op.c, plan_steps.c, plan_walk.c,
 * plan_payload.c, steps.c, backdrop.c and ctx.c only.
 */
#pragma once

#include "base/err.h"
#include "scenario/names.h"
#include "scenario/plan.h"

/* Lists end with an empty element; one of more elements has none. */
#define KT_PLAN_LIST_MAX 4096u
/* More workers at once are taken for a mistake, such as a spawn in a fast loop. */
#define KT_PLAN_WORKERS_MAX 4096u

/* Ops and cgroups that are applied together: those of a step, or those of the backdrop. */
struct kt_part {
	const char *where; /* "step 2" */
	const struct kt_plan_op *ops;
	size_t op_count, ops_written;
	const struct kt_plan_cgroup *cgroups;
	size_t cgroup_count;
	bool in_loop;
};

struct kt_part kt_plan_step_part(const struct kt_plan_step *step, const char *where);
struct kt_part kt_plan_backdrop_part(const struct kt_plan_backdrop *b);
/* The smallest set whose files it may write, of knob.h. */
unsigned kt_plan_part_controllers(const struct kt_part *part);

struct kt_plan_steps {
	struct kt_plan_step *items;
	size_t count;
	unsigned controllers; /* the smallest set they need */
	size_t worker_count;  /* the most alive at once */
};

/*
 * Resolve the items of a list in turn. On failure the outputs hold what was resolved until
 * then, which the caller frees as if it were all.
 */
int kt_plan_take_ops(const struct kt_topo *topo, const struct ktstr_op *list,
	struct kt_plan_op **ret_ops, size_t *ret_count, struct kt_err *err);
int kt_plan_take_cgroups(const struct kt_topo *topo, const struct ktstr_cgroup *list,
	struct kt_plan_cgroup **ret_cgroups, size_t *ret_count, struct kt_err *err);
/* One op run_payload for each of LIST behind the ops of B. */
int kt_plan_add_payload_ops(
	struct kt_plan_backdrop *b, const struct ktstr_payload *const *list, struct kt_err *err);
/* A list of payloads: it ends, each is in it once and right. NULL: nothing. */
int kt_plan_check_payloads(const struct ktstr_payload *const *list, struct kt_err *err);
void kt_plan_ops_free(struct kt_plan_op *ops, size_t count);

/*
 * Resolve STEPS and walk through them with NAMES as what exists before the first. NAMES is
 * left as it is after the last. TEST: as for kt_plan_walk(). 0 or -errno.
 */
int kt_plan_steps_make(const struct kt_topo *topo, uint64_t duration_ms,
	const struct ktstr_step *steps, struct kt_names *names, const char *test,
	struct kt_plan_steps *ret, struct kt_err *err);
void kt_plan_steps_done(struct kt_plan_steps *s);
/* What --work wants for the swappable cgroups of all steps; see kt_plan_swap_kind(). */
void kt_plan_steps_swap_kinds(
	const struct kt_topo *topo, const struct kt_plan_steps *s, enum ktstr_work_kind kind);

/*
 * Go through the steps in the order the engine will, keeping track of names and workers.
 * Refuses what could not work; what is only suspicious is logged with the name TEST, unless that
 * is NULL.
 */
int kt_plan_walk(const struct kt_topo *topo, const struct kt_plan_steps *steps,
	uint64_t duration_ms, struct kt_names *names, const char *test, size_t *ret_workers,
	struct kt_err *err);

/* The same for what is there before all steps; the cgroups come before the ops. */
int kt_plan_walk_backdrop(const struct kt_topo *topo, const struct kt_plan_backdrop *b,
	struct kt_names *names, const char *test, size_t *ret_workers, struct kt_err *err);

/* WORKS of a list that ends with a kind of none, for RET; none: one worker of spin_wait. */
int kt_plan_take_works(const struct kt_topo *topo, const struct ktstr_work *works,
	const struct ktstr_cgroup *defaults, struct kt_plan_works *ret, struct kt_err *err);
/* A single one, of the op spawn. */
int kt_plan_take_work(const struct kt_topo *topo, const struct ktstr_work *work,
	struct kt_plan_works *ret, struct kt_err *err);

/* The knobs of CGROUP but cpuset: the writes, mask and controllers of RET, which has its cpuset. */
int kt_plan_take_knobs(const struct kt_topo *topo, const struct ktstr_cgroup *cgroup,
	struct kt_plan_cgroup *ret, struct kt_err *err);

/* "list WHAT has no end"; MACRO writes one that has. -EINVAL. */
int kt_plan_fail_endless(const char *what, const char *macro, struct kt_err *err);
