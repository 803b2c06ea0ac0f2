/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A group of workers that produce one kind of load, and what its workers are: processes or
 * threads, where they run, with which precedence, name, owner and memory. Kinds are the rows
 * of macros/work.def. All fields but the kind may stay unset.
 */
#ifndef KTSTR_WORK_H
#define KTSTR_WORK_H

#include <stdint.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

#include <ktstr/cpus.h>

#include <macros/work.h>

/* A number of which 0 is not the same as unset: KTSTR_SET(0). */
struct ktstr_set {
	bool set;
	long value;
};

enum ktstr_mode {
	KTSTR_MODE_FORK,    /* each worker is a process */
	KTSTR_MODE_THREADS, /* threads of one process, placed one by one in a threaded cgroup */
};

enum ktstr_affinity_kind {
	KTSTR_AFFINITY_KIND_INHERIT,	  /* none is set: the CPUs of the cgroup */
	KTSTR_AFFINITY_KIND_EXACT,	  /* these CPUs */
	KTSTR_AFFINITY_KIND_RANDOM,	  /* count of these CPUs, drawn for each worker */
	KTSTR_AFFINITY_KIND_SINGLE,	  /* all on the first CPU of the cgroup */
	KTSTR_AFFINITY_KIND_LLC,	  /* each on one LLC of the cgroup, in turn */
	KTSTR_AFFINITY_KIND_CROSS_CGROUP, /* all CPUs of the machine */
	KTSTR_AFFINITY_KIND_SMT_PAIR,	  /* all on two threads of one core of the cgroup */
};

struct ktstr_affinity {
	enum ktstr_affinity_kind kind;
	struct ktstr_cpus cpus; /* exact and random */
	unsigned count;		/* random */
};

enum ktstr_policy_kind {
	KTSTR_POLICY_KIND_NORMAL,
	KTSTR_POLICY_KIND_BATCH,
	KTSTR_POLICY_KIND_IDLE,
	KTSTR_POLICY_KIND_FIFO,
	KTSTR_POLICY_KIND_RR,
	KTSTR_POLICY_KIND_DEADLINE,
	KTSTR_POLICY_KIND_EXT, /* SCHED_EXT; without a BPF scheduler it is as NORMAL */
};

struct ktstr_policy {
	enum ktstr_policy_kind kind;
	unsigned priority;			     /* fifo and rr: 1..99 */
	uint64_t runtime_ns, deadline_ns, period_ns; /* deadline; period 0: the deadline */
};

enum ktstr_mempolicy_kind {
	KTSTR_MEMPOLICY_KIND_DEFAULT,
	KTSTR_MEMPOLICY_KIND_BIND,
	KTSTR_MEMPOLICY_KIND_PREFERRED, /* one node */
	KTSTR_MEMPOLICY_KIND_INTERLEAVE,
	KTSTR_MEMPOLICY_KIND_LOCAL,
	KTSTR_MEMPOLICY_KIND_PREFERRED_MANY,	  /* Linux 5.15 or later */
	KTSTR_MEMPOLICY_KIND_WEIGHTED_INTERLEAVE, /* Linux 6.9 or later */
};

/* The bits of the kernel's MPOL_F_. */
#define KTSTR_MPOL_NUMA_BALANCING (1u << 13)
#define KTSTR_MPOL_RELATIVE_NODES (1u << 14) /* nodes count within those of the cgroup */
#define KTSTR_MPOL_STATIC_NODES	  (1u << 15) /* nodes the cgroup has no CPUs on are meant */

struct ktstr_mempolicy {
	enum ktstr_mempolicy_kind kind;
	const char *nodes; /* list format, such as "0-1" */
	unsigned flags;	   /* of KTSTR_MPOL_ */
};

/* A list of works ends with kind KTSTR_WORK_END. */
struct ktstr_work {
	enum ktstr_work_kind kind;
	unsigned workers;   /* 0: 1 */
	double workers_pct; /* instead: so many per CPU of the cgroup, rounded up; above 1 is fine
			     */
	enum ktstr_mode mode;
	struct ktstr_affinity affinity;
	struct ktstr_policy policy;
	struct ktstr_mempolicy mempolicy;
	struct ktstr_set nice, uid, gid;
	struct ktstr_set numa_node; /* CPUs and memory of this node, where no other are given */
	const char *comm;	    /* the name of each worker, at most 15 bytes */
	const char *pcomm;	    /* the workers are threads of one process of this name */
	union {
		/* The parameters of each kind, named as the kind; 0 takes the default. */
#define WORK(name, sentence, ...) struct ktstr_work_##name name;
#include <macros/work.def>
#undef WORK
	};
};

#endif
