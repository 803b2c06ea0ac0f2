/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scenario as plain data: steps, each with ops, cgroups and a hold. In a step the ops run
 * first, then its cgroups are made and filled with workers, then the hold lets them run;
 * at the end of the step everything it made is torn down again. A step whose hold is a loop
 * makes its cgroups once and repeats {ops; hold} until the test's duration is used up.
 */
#ifndef KTSTR_SCENARIO_H
#define KTSTR_SCENARIO_H

#include <stdint.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

#include <ktstr/cpus.h>
#include <ktstr/kernel.h>
#include <ktstr/payload.h>
#include <ktstr/sched.h>
#include <ktstr/work.h>

enum ktstr_hold_kind {
	KTSTR_HOLD_KIND_END,  /* no hold: the end of a list of steps */
	KTSTR_HOLD_KIND_FRAC, /* a fraction of the test's duration */
	KTSTR_HOLD_KIND_MS,   /* a fixed time; 0 only applies the ops */
	KTSTR_HOLD_KIND_LOOP, /* repeat the ops every ms until the duration is used up */
};

/* Holds are cut to what is left of the test's duration. */
struct ktstr_hold {
	enum ktstr_hold_kind kind;
	double frac; /* above 0 */
	uint64_t ms;
};

/* Limits are numbers above 0; 0 is unset. These two are the kernel's "max" and an explicit 0. */
#define KTSTR_UNLIMITED UINT64_MAX
#define KTSTR_NOTHING	(UINT64_MAX - 1)

/* CPU time in each period. At most one of quota_pct and quota_us. */
struct ktstr_cpu {
	unsigned quota_pct; /* of one CPU: 250 is two and a half CPUs */
	uint64_t quota_us;  /* the same in absolute terms, or KTSTR_UNLIMITED */
	uint64_t period_us; /* 0: 100000 */
};

/* In bytes. */
struct ktstr_memory {
	uint64_t max;
	uint64_t high;
	uint64_t low;
	uint64_t swap_max;
};

/* A cgroup with its workers. A list of cgroups ends with a NULL name. */
struct ktstr_cgroup {
	const char *name; /* may be nested: "a/b" after "a" */

	/* Knobs of the cgroup's files, rows of macros/knob.def; unset is the kernel's default. */
	struct ktstr_cpus cpuset;
	const char *mems; /* NUMA nodes in list format, such as "0-1" */
	struct ktstr_cpu cpu;
	unsigned cpu_weight; /* 1..10000 */
	struct ktstr_memory memory;
	unsigned io_weight; /* 1..10000 */
	uint64_t pids_max;

	/* What the works below get where their own field is unset. */
	struct ktstr_set nice, uid, gid, numa_node;
	const char *comm, *pcomm;
	bool swappable; /* --work may replace the kind of its works */

	const struct ktstr_work *work;	     /* NULL: one worker of spin_wait */
	const struct ktstr_payload *payload; /* NULL: none; starts after the workers */
};

#include <macros/op.h>

/* One operation of a step. Kinds are the rows of macros/op.def; a list ends with KTSTR_OP_END. */
struct ktstr_op {
	enum ktstr_op_kind kind;
	union {
		/* The fields of each kind, named as the kind. */
#define OP(name, sentence, unknown, needs, rule, ...) struct ktstr_op_##name name;
#include <macros/op.def>
#undef OP
	};
};

/* A list of steps ends with a hold of kind KTSTR_HOLD_KIND_END. */
struct ktstr_step {
	struct ktstr_hold hold;
	const struct ktstr_op *ops;	    /* NULL: none */
	const struct ktstr_cgroup *cgroups; /* NULL: none */
	unsigned require_;		    /* 0; carries the compile-time checks of KTSTR_STEP */
};

/*
 * What is there before the first step and until the end: cgroups, then ops, then payloads
 * are applied once, in that order. Steps know its cgroups by name. All of it may be unset.
 */
struct ktstr_backdrop {
	const struct ktstr_cgroup *cgroups;
	const struct ktstr_op *ops;
	/* Programs without further arguments, where the harness runs; NULL at the end. */
	const struct ktstr_payload *const *payloads;
};

/* A whole scenario to be named by tests, such as the ready-made ones of ktstr/canned.h. */
struct ktstr_scenario {
	struct ktstr_backdrop backdrop;
	const struct ktstr_step *steps;
};

#endif
