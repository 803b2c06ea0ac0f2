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

/* A cgroup with its workers. A list of cgroups ends with a NULL name. */
struct ktstr_cgroup {
	const char *name; /* may be nested: "a/b" after "a" */
	struct ktstr_cpus cpuset;
	const struct ktstr_work *work; /* NULL: one worker of spin_wait */
};

#include <macros/op.h>

/* One operation of a step. Kinds are the rows of macros/op.def; a list ends with KTSTR_OP_END. */
struct ktstr_op {
	enum ktstr_op_kind kind;
	union {
		/* The fields of each kind, named as the kind. */
#define OP(name, sentence, unknown, rule, ...) struct ktstr_op_##name name;
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

#endif
