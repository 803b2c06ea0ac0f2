/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of macros/check.def, run over what the workers of a test did. Each row has a
 * function kt_check_NAME; the limits come from the test, or from the row where another check
 * implies it.
 */
#pragma once

#include "report/outcome.h"
#include "report/verdict.h"

/* Which checks apply, with their limits: unset ones that not_starved implies are filled in. */
struct ktstr_checks kt_check_effective(const struct ktstr_checks *asked);

/* Run every check the test asks for; each violation, or impossibility to judge, is a detail. */
void kt_check_run(const struct kt_outcome *o, struct kt_verdict *v);

/* One check, each with its limit as it stands in struct ktstr_checks (flags: 1). */
typedef void kt_check_fn(const struct kt_outcome *o, double limit, struct kt_verdict *v);
#define CHECK(name, type, limit, unit, sentence) kt_check_fn kt_check_##name;
#include "macros/check.def"
#undef CHECK
