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
};

/*
 * 0 or -EINVAL. A target that is unknown and only worth a warning leaves its sentence in
 * WARNING, which stays empty otherwise.
 */
int kt_rules_check_op(const struct kt_rules *rules, const struct kt_plan_op *op,
	struct kt_str *warning, struct kt_err *err);
int kt_rules_check_cgroup(
	const struct kt_rules *rules, const struct kt_plan_cgroup *def, struct kt_err *err);
/*
 * By the counts of NAMES: no cgroup holds workers while cgroups nested in it do and some of
 * those have cpusets, which the kernel refuses in whichever order it comes about.
 */
int kt_rules_check_workers(const struct kt_names *names, struct kt_err *err);
