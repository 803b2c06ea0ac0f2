// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ops on cpusets. Workers in the cgroup and in those nested in it are not judged while the
 * kernel moves them; afterwards they are by what is in force, also when the write failed.
 */
#include "scenario/op_table.h"

static int write_cpuset(
	struct kt_state *s, const char *cgroup, const struct kt_cpus *cpus, struct kt_err *err)
{
	kt_state_pause_judging(s, cgroup);
	int r = s->env->cgroup_set_cpuset(s->env->arg, cgroup, cpus, err);
	if (!r)
		kt_names_set_cpuset(&s->names, cgroup, cpus);
	kt_state_resume_judging(s, cgroup);
	return r;
}

int kt_op_set_cpuset(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return write_cpuset(s, op->cgroup, &op->cpus, err);
}

int kt_op_clear_cpuset(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return write_cpuset(s, op->cgroup, NULL, err);
}
