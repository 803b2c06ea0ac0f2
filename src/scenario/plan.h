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
#include "scenario/knob.h"
#include "topo/model.h"

/* What the command line may change. Zero fields leave the test as it is. */
struct kt_plan_options {
	struct kt_topo topo; /* nodes 0: the test's own */
	uint64_t duration_ms;
	uint64_t seed;		   /* of everything random */
	enum ktstr_work_kind work; /* of swappable cgroups; KTSTR_WORK_END: their own */
	bool quiet; /* what is only suspicious is not logged: another plan of the test does */
};

#define KT_PLAN_LINE_BYTES 128

struct kt_plan_works {
	const struct ktstr_work *items; /* as given: kt_plan_work() says what they come to */
	size_t count;
	const struct ktstr_cgroup *defaults; /* for what they leave unset; NULL: none */
	enum ktstr_work_kind kind; /* instead of theirs, where its teams fit; or KTSTR_WORK_END */
};

/* A line for a file of a cgroup. */
struct kt_plan_write {
	const char *file;
	char value[KT_PLAN_LINE_BYTES];
};

struct kt_plan_cgroup {
	const char *name;
	bool confined; /* cpuset is written */
	struct kt_cpus cpuset;
	/* The files of its other knobs, in the order in which they are written. */
	struct kt_plan_write writes[KT_KNOB_COUNT];
	size_t write_count;
	uint64_t knob_mask;   /* what the test set, of knob.h */
	unsigned controllers; /* what these need, of knob.h */
	struct kt_plan_works works;
	const struct ktstr_payload *payload; /* NULL: none */
};

/* Of write_kernel_*. Ops that were merged into one have a list of their own, in memory. */
struct kt_plan_writes {
	const struct ktstr_kernel_write *items;
	size_t count;
	struct ktstr_kernel_write *owned; /* items, or NULL when they are the descriptor's */
};

/* One op with its cpuset resolved; which fields count follows from kind. */
struct kt_plan_op {
	enum ktstr_op_kind kind;
	const char *name;    /* add_cgroup: the new cgroup; wait_payload, kill_payload: whom */
	const char *cgroup;  /* the target; NULL is the harness's own (spawn, move_all_tasks) */
	const char *to;	     /* move_all_tasks, swap_cpusets */
	struct kt_cpus cpus; /* set_cpuset */
	struct ktstr_affinity affinity; /* set_affinity; what it means depends on the cgroup */
	struct kt_plan_works work;	/* spawn: one */
	struct kt_plan_cgroup def;	/* add_cgroup_def */
	const char *tag;		/* of captures and reads */
	const char *symbol;		/* watch_snapshot; pin_bpf_map: the map */
	struct kt_plan_writes writes;
	struct ktstr_kernel_target target;
	struct ktstr_kernel_value width; /* of a read */
	const struct ktstr_sched *sched;
	const struct ktstr_payload *payload; /* run_payload, with the arguments of this run */
	const char *const *args;
	bool in_runner; /* cgroup is NULL because the harness's own is meant */
	size_t index;	/* in the list as it was written: ops that were merged have no item */
};

struct kt_plan_step {
	enum ktstr_hold_kind hold;
	uint64_t hold_ns; /* the hold, or the interval of a loop; not yet cut to what is left */
	struct kt_plan_op *ops;
	size_t op_count;
	size_t ops_written; /* before merging */
	struct kt_plan_cgroup *cgroups;
	size_t cgroup_count;
};

/* What is made before the first step: its cgroups, then its ops, in that order. */
struct kt_plan_backdrop {
	struct kt_plan_cgroup *cgroups;
	size_t cgroup_count;
	struct kt_plan_op *ops;
	size_t op_count;
	size_t ops_written;
};

struct kt_plan {
	const struct ktstr_test *test;
	struct kt_topo topo;
	uint64_t duration_ms;
	uint64_t seed;
	bool quiet;
	enum ktstr_work_kind work; /* as in the options */
	struct kt_plan_backdrop backdrop;
	struct kt_plan_step *steps; /* none when the test has a body */
	size_t step_count;
	unsigned controllers; /* the smallest set it needs, of knob.h; none with a body */
	size_t worker_count;  /* the most workers alive at once, for sizing memory; 0 with a body */
};

/* Errors name test, step and op, and what to write instead. 0 or -errno. */
int kt_plan_make(const struct ktstr_test *test, const struct kt_plan_options *options,
	struct kt_plan **ret, struct kt_err *err);
void kt_plan_free(struct kt_plan *plan);

/* The test's topology with defaults filled in, before options. */
struct kt_topo kt_plan_topo_of(const struct ktstr_test *test);
/* The test's own backdrop and steps, or those of the scenario it names. No steps: a body. */
struct ktstr_scenario kt_plan_scenario_of(const struct ktstr_test *test);

/*
 * Each payload that the test's steps, backdrop and list name, as often as it is named; what is
 * not 0 stops and is returned.
 */
int kt_plan_each_payload(const struct kt_plan *plan,
	int (*fn)(void *arg, const struct ktstr_payload *payload), void *arg);

/* For ops and cgroups that a body gives while it runs: resolved on the spot. */
int kt_plan_resolve_op(const struct kt_topo *topo, const struct ktstr_op *op,
	struct kt_plan_op *ret, struct kt_err *err);
int kt_plan_resolve_cgroup(const struct kt_topo *topo, const struct ktstr_cgroup *cgroup,
	struct kt_plan_cgroup *ret, struct kt_err *err);

/* Work I with the defaults of its cgroup, and of the kind that --work wants where that fits. */
struct ktstr_work kt_plan_work(
	const struct kt_topo *topo, const struct kt_plan_works *works, size_t i);
/* The works of a swappable cgroup resolved above get KIND, unless it is KTSTR_WORK_END. */
void kt_plan_swap_kind(
	const struct kt_topo *topo, struct kt_plan_works *works, enum ktstr_work_kind kind);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_plan, kt_plan_free);
