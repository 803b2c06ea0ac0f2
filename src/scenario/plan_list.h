/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making the steps of a plan: for a test that has them, and for those a body gives while it
 * runs. Between plan.c, plan_op.c, plan_steps.c, plan_walk.c and ctx.c only.
 */
#pragma once

#include "base/err.h"
#include "scenario/names.h"
#include "scenario/plan.h"

/* Lists end with an empty element; one of more elements has none. */
#define KT_PLAN_LIST_MAX 4096u
/* More workers at once are taken for a mistake, such as a spawn in a fast loop. */
#define KT_PLAN_WORKERS_MAX 4096u

struct kt_plan_steps {
	struct kt_plan_step *items;
	size_t count;
	bool needs_cpuset;
	size_t worker_count; /* the most alive at once */
};

/*
 * Resolve STEPS and walk through them with NAMES as what exists before the first. NAMES is
 * left as it is after the last. 0 or -errno.
 */
int kt_plan_steps_make(const struct kt_topo *topo, uint64_t duration_ms,
	const struct ktstr_step *steps, struct kt_names *names, struct kt_plan_steps *ret,
	struct kt_err *err);
void kt_plan_steps_done(struct kt_plan_steps *s);

/*
 * Go through the steps in the order the engine will, keeping track of names and workers.
 * Refuses what could not work; what is only suspicious is logged.
 */
int kt_plan_walk(const struct kt_plan_steps *steps, uint64_t duration_ms, struct kt_names *names,
	size_t *ret_workers, struct kt_err *err);

/* "list WHAT has no end"; MACRO writes one that has. -EINVAL. */
int kt_plan_fail_endless(const char *what, const char *macro, struct kt_err *err);
