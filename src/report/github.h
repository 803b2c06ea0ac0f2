/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Annotations of GitHub Actions: a line that GitHub shows beside the test's source. For the
 * standard output of a step, wanted where GITHUB_ACTIONS is "true".
 */
#pragma once

#include "base/str.h"
#include "report/outcome.h"
#include "report/verdict.h"

/*
 * One line: an error for FAIL and ERROR, a warning for INCONCLUSIVE, a notice for SKIP;
 * nothing for a PASS.
 */
void kt_github_annotation(
	const struct kt_outcome *o, const struct kt_verdict *v, struct kt_str *out);
