/* SPDX-License-Identifier: GPL-2.0-only */
/* From everything known about a run to its verdict. Called once per run, before reporting. */
#pragma once

#include "report/outcome.h"
#include "report/verdict.h"

/* Fills V, which must be zero bytes; release it with kt_verdict_done(). */
void kt_verdict_judge(const struct kt_outcome *o, struct kt_verdict *v);
