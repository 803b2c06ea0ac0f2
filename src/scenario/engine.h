/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The executor of a plan: step order, lifetimes and teardown. A step that fails is torn
 * down, reported as a failing detail, and keeps what earlier steps measured.
 */
#pragma once

#include "base/err.h"
#include "scenario/env.h"
#include "scenario/plan.h"

/*
 * Run the plan's steps, or the test's body, to the end. Failures of the scenario itself go
 * to env->on_detail and are not errors; -errno means that the engine could not work at all.
 */
int kt_engine_run(const struct kt_plan *plan, const struct kt_env *env, struct kt_err *err);
