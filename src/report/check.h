/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of macros/check.def, run over what the workers of a test did. Each row has a
 * function kt_check_NAME; the limits come from limits.h.
 */
#pragma once

#include "report/outcome.h"
#include "report/verdict.h"

/*
 * Run every check the test asks for; each violation, or impossibility to judge, is a detail, and
 * each check an element of V's checks: a check that judged nothing can be seen there.
 */
void kt_check_run(const struct kt_outcome *o, struct kt_verdict *v);

/* How much a check had to judge, and the worst it saw. */
struct kt_check_tally {
	size_t judged;
	double worst; /* 0 when judged is */
};

/*
 * One check with its limit (flags: 1). One that has nothing to judge, though workers did
 * report, says why in a detail of its own.
 */
typedef struct kt_check_tally kt_check_fn(
	const struct kt_outcome *o, double limit, struct kt_verdict *v);
#define CHECK(name, type, limit, debug, most, zero, unit, sentence, rule)                          \
	kt_check_fn kt_check_##name;
#include "macros/check.def"
#undef CHECK
