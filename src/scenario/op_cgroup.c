// SPDX-License-Identifier: GPL-2.0-only
/* Ops that make, remove and empty cgroups. */
#include "scenario/op_table.h"

int kt_op_add_cgroup(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	struct kt_plan_cgroup empty = {.name = op->name};
	return kt_state_make_cgroup(s, &empty, err);
}

int kt_op_add_cgroup_def(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return kt_state_make_cgroup(s, &op->def, err);
}

int kt_op_remove_cgroup(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	(void)err; /* it is permissive: what fails is noted */
	kt_state_remove_cgroup(s, op->cgroup);
	return 0;
}

int kt_op_stop_cgroup(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	(void)err; /* an unknown cgroup has no workers to stop */
	kt_state_stop_cgroup(s, op->cgroup);
	return 0;
}
