// SPDX-License-Identifier: GPL-2.0-only
/* Ops on workers. */
#include "scenario/op_table.h"

/* No cgroup is the harness's own, which is known to the state as "". */
static const char *or_harness(const char *cgroup)
{
	return cgroup ? cgroup : "";
}

int kt_op_spawn(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	for (size_t i = 0; i < op->work.count; i++) {
		const struct ktstr_work work = kt_plan_work(&s->plan->topo, &op->work, i);
		int r = kt_state_start_group(s, or_harness(op->cgroup), &work, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int kt_op_move_all_tasks(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return kt_state_move_groups(s, or_harness(op->cgroup), op->to, err);
}
