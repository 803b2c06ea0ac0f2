// SPDX-License-Identifier: GPL-2.0-only
/* Ops on the tasks of a cgroup as a whole: stop them where they are, note which they are. */
#include "base/mem.h"
#include "scenario/freezer.h"
#include "scenario/op_table.h"

int kt_op_freeze_cgroup(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return kt_freezer_set(s, op->cgroup, true, err);
}

int kt_op_unfreeze_cgroup(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return kt_freezer_set(s, op->cgroup, false, err);
}

int kt_op_capture_cgroup_procs(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	KT_AUTOFREE pid_t *pids = NULL;
	size_t count = 0;
	int r = s->env->cgroup_read_procs(s->env->arg, op->cgroup, &pids, &count, err);
	if (r < 0)
		return kt_wrap(err, r, "capture '%s'", op->tag);
	struct kt_capture item = {
		.phase = s->phase,
		.tag = (char *)op->tag, /* copied, like cgroup */
		.cgroup = (char *)op->cgroup,
		.pids = pids,
		.count = count,
	};
	if (s->captures.list.count >= KT_CAPTURES_MAX) {
		s->env->on_loss(s->env->arg, KT_LOSS_capture_dropped, 1);
		return 0;
	}
	s->env->on_capture(s->env->arg, &item);
	r = kt_captures_add(&s->captures, &item, err);
	pids = item.pids;
	return r;
}
