/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scenario may do with the cgroups that exist at that moment. Asked by the plan for
 * every op ahead of time, and by the engine before each op it applies. What an unknown
 * target means comes from the op's row in macros/op.def.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "scenario/names.h"
#include "scenario/plan.h"

/* The moment: what exists, and what this step makes after its ops (none of a loop). */
struct kt_rules {
	const struct kt_names *names;
	const struct kt_plan_cgroup *pending;
	size_t pending_count;
	bool in_loop; /* the op will be repeated */
	const struct kt_topo *topo;
	bool persistent; /* what is made now lasts until the scenario's end */
};

/*
 * 0 or -EINVAL. What is only worth a warning, such as an unknown target of some ops, leaves its
 * sentence in WARNING, which stays empty otherwise.
 */
int kt_rules_check_op(const struct kt_rules *rules, const struct kt_plan_op *op,
	struct kt_str *warning, struct kt_err *err);
int kt_rules_check_cgroup(
	const struct kt_rules *rules, const struct kt_plan_cgroup *def, struct kt_err *err);
/* The op needs something that no run has. -ENOSYS. */
int kt_rules_fail_needs(enum ktstr_op_kind kind, struct kt_err *err);
/*
 * By the counts of NAMES: no cgroup holds workers while cgroups nested in it do and some of
 * those have cpusets, which the kernel refuses in whichever order it comes about.
 */
int kt_rules_check_workers(const struct kt_names *names, struct kt_err *err);
