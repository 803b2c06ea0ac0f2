// SPDX-License-Identifier: GPL-2.0-only
/* The backdrop is built like a step without a hold, but what it makes is persistent. */
#include "scenario/backdrop.h"

#include "scenario/steps.h"

bool kt_backdrop_is_empty(const struct kt_plan_backdrop *b)
{
	return !b->cgroup_count && !b->op_count;
}

int kt_backdrop_build(struct kt_state *s, const struct kt_plan_backdrop *b, struct kt_err *err)
{
	const struct kt_part part = kt_plan_backdrop_part(b);
	bool outer = s->persistent;
	s->persistent = true;
	int r = kt_part_make_cgroups(s, &part, err);
	if (!r)
		r = kt_part_apply_ops(s, &part, false, err);
	s->persistent = outer;
	if (!r)
		kt_part_send_stimulus(s, &part);
	return r;
}
