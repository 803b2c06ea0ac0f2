/* SPDX-License-Identifier: GPL-2.0-only */
/* The loop over steps, for a test that has them and for those that a body gives. */
#pragma once

#include "base/err.h"
#include "scenario/plan.h"
#include "scenario/state.h"

/*
 * Run the steps in order, each with its own phase and teardown. The first that fails ends
 * the list: it is torn down, then recorded as a failing detail. 0 or -errno.
 */
int kt_steps_run(struct kt_state *s, const struct kt_plan_step *steps, size_t count);
