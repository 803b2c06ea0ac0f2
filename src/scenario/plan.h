/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan of one test: its descriptor with every default filled in, every cpuset resolved
 * for the machine, every name and hold checked. Made on the host before anything boots and
 * made again, from the same inputs, in the guest. Plain data, read only once made.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ktstr/test.h>

#include "base/cpumask.h"
#include "base/err.h"
#include "topo/model.h"

/* What the command line may change. Zero fields leave the test as it is. */
struct kt_plan_options {
	struct kt_topo topo; /* nodes 0: the test's own */
	uint64_t duration_ms;
	uint64_t seed; /* of everything random */
};

struct kt_plan_works {
	const struct ktstr_work *items; /* kind, workers and parameters as given */
	size_t count;
};

struct kt_plan_cgroup {
	const char *name;
	bool confined; /* cpuset is written */
	struct kt_cpus cpuset;
	struct kt_plan_works works;
};

/* One op with its cpuset resolved; which fields count follows from kind. */
struct kt_plan_op {
	enum ktstr_op_kind kind;
	const char *name;    /* add_cgroup: the new cgroup */
	const char *cgroup;  /* the target; NULL is the harness's own (spawn, move_all_tasks) */
	const char *to;	     /* move_all_tasks */
	struct kt_cpus cpus; /* set_cpuset */
	struct kt_plan_works work; /* spawn: one */
	struct kt_plan_cgroup def; /* add_cgroup_def */
};

struct kt_plan_step {
	enum ktstr_hold_kind hold;
	uint64_t hold_ns; /* the hold, or the interval of a loop; not yet cut to what is left */
	struct kt_plan_op *ops;
	size_t op_count;
	struct kt_plan_cgroup *cgroups;
	size_t cgroup_count;
};

struct kt_plan {
	const struct ktstr_test *test;
	struct kt_topo topo;
	uint64_t duration_ms;
	uint64_t seed;
	struct kt_plan_step *steps; /* none when the test has a body */
	size_t step_count;
	bool needs_cpuset;   /* some cgroup may need the cpuset controller; with a body always */
	size_t worker_count; /* the most workers alive at once, for sizing memory; 0 with a body */
};

/* Errors name test, step and op, and what to write instead. 0 or -errno. */
int kt_plan_make(const struct ktstr_test *test, const struct kt_plan_options *options,
	struct kt_plan **ret, struct kt_err *err);
void kt_plan_free(struct kt_plan *plan);

/* The test's topology with defaults filled in, before options. */
struct kt_topo kt_plan_topo_of(const struct ktstr_test *test);

/* For ops and cgroups that a body gives while it runs: resolved on the spot. */
int kt_plan_resolve_op(const struct kt_topo *topo, const struct ktstr_op *op,
	struct kt_plan_op *ret, struct kt_err *err);
int kt_plan_resolve_cgroup(const struct kt_topo *topo, const struct ktstr_cgroup *cgroup,
	struct kt_plan_cgroup *ret, struct kt_err *err);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_plan, kt_plan_free);
