/* SPDX-License-Identifier: GPL-2.0-only */
/* What a test has from before its first step, or its body, until the end. */
#pragma once

#include "base/err.h"
#include "scenario/state.h"

/* Whether there is anything to build. */
bool kt_backdrop_is_empty(const struct kt_plan_backdrop *b);
/*
 * Make its cgroups, then apply its ops, in phase 0. What was made when it fails stays for the
 * end of the persistent lifetime. 0 or -errno.
 */
int kt_backdrop_build(struct kt_state *s, const struct kt_plan_backdrop *b, struct kt_err *err);
