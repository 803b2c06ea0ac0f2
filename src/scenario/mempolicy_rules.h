/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory policies of works: what a test may ask for, and what set_mempolicy(2) is given. */
#pragma once

#include <ktstr/work.h>

#include "base/err.h"
#include "topo/model.h"
#include "work/attr.h"

/* What holds wherever the work runs: kind, flags, the list, nodes of the machine. 0 or -EINVAL. */
int kt_mempolicy_check(
	const struct kt_topo *topo, const struct ktstr_mempolicy *policy, struct kt_err *err);
/*
 * In a cgroup that may use the CPUs of CPUSET (NULL: it is not confined). *ret_nodes is where
 * the memory belongs, empty when the policy says nothing of it.
 */
int kt_mempolicy_resolve(const struct kt_topo *topo, const struct ktstr_mempolicy *policy,
	const struct kt_cpus *cpuset, struct kt_mempolicy *ret, struct kt_cpus *ret_nodes,
	struct kt_err *err);
/* The nodes, by the machine's numbers, that have some of CPUS. */
struct kt_cpus kt_mempolicy_nodes_of(const struct kt_topo *topo, const struct kt_cpus *cpus);
