/* SPDX-License-Identifier: GPL-2.0-only */
/* The loop over steps, for a test that has them and for those that a body gives. */
#pragma once

#include "base/err.h"
#include "scenario/plan.h"
#include "scenario/plan_list.h"
#include "scenario/state.h"

/* BEFORE_CGROUPS: the part's cgroups are made after its ops. 0 or -errno. */
int kt_part_apply_ops(
	struct kt_state *s, const struct kt_part *part, bool before_cgroups, struct kt_err *err);
int kt_part_make_cgroups(struct kt_state *s, const struct kt_part *part, struct kt_err *err);
/* Tell that the part has been applied, and what there is now. */
void kt_part_send_stimulus(struct kt_state *s, const struct kt_part *part);

/*
 * Run the steps in order, each with its own phase and teardown. The first that fails ends
 * the list: it is torn down, then recorded as a failing detail. So does the end of the
 * scheduler under test, which is looked for during holds and after each step. 0 or -errno.
 */
int kt_steps_run(struct kt_state *s, const struct kt_plan_step *steps, size_t count);
