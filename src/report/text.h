/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a person reads about a run: one line for the verdict, then only what helps to
 * understand it. Writes into a builder; the program layer prints it.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "report/outcome.h"
#include "report/verdict.h"

struct kt_text_options {
	bool passes;  /* claims and checks that hold, too; verbose shows them as well */
	bool verbose; /* workers, timings, machine and kernel for every verdict */
	bool colour;  /* escape sequences for the verdict's word */
	bool console; /* the console's tail for all but PASS and SKIP, not only where the guest died
		       */
};

void kt_text_report(const struct kt_outcome *o, const struct kt_verdict *v,
	const struct kt_text_options *options, struct kt_str *out);
/* "5 passed, 1 failed, 0 skipped, 0 inconclusive"; harness errors only where there are any. */
void kt_text_summary(const struct kt_verdict_tally *t, struct kt_str *out);
