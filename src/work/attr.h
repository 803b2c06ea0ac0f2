/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a worker sets about itself once it stands in its cgroup and before it works: CPUs,
 * policy, nice value, memory policy, group, user. One that cannot be set is noted and the
 * worker goes on without it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <ktstr/work.h>

#include "base/cpumask.h"
#include "work/affinity.h"

/* In the order in which they are set: who has given up root can set none of the others. */
enum kt_attr {
	KT_ATTR_AFFINITY,
	KT_ATTR_POLICY,
	KT_ATTR_NICE,
	KT_ATTR_MEMPOLICY,
	KT_ATTR_GID,
	KT_ATTR_UID,
	KT_ATTR_COUNT
};

struct kt_mempolicy {
	bool set;
	int mode;	      /* MPOL_ */
	unsigned flags;	      /* MPOL_F_ */
	struct kt_cpus nodes; /* CPU sets hold node numbers just as well */
};

/* What the plan's rules made of the attributes, for one machine and cgroup. */
struct kt_work_where {
	struct kt_cpus cpus; /* the CPUs of the cgroup; for kinds that choose among them */
	struct kt_affinity affinity;
	struct kt_mempolicy mempolicy;
	struct kt_cpus nodes; /* where its memory belongs; empty: anywhere */
};

struct kt_worker;

/* In the worker, after it was moved. What failed goes into its slot. */
void kt_attr_apply(struct kt_worker *w);
/* Of the process PID or thread: 0 or -errno; never of the caller by a PID of 0 or less. */
int kt_attr_set_affinity(pid_t pid, const struct kt_cpus *cpus);
/* "policy SCHED_FIFO 50: Operation not permitted; uid 7: ..." of the errors that are not 0. */
void kt_attr_text(
	const struct ktstr_work *work, const int errors[KT_ATTR_COUNT], char *buf, size_t bytes);
