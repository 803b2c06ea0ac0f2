/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that comes out of a run: the report on standard output, those of --report, the
 * results folder, GitHub's annotations, and the tally that becomes the exit status. Thread
 * safe: the machines of a run hand in their outcomes as they end.
 */
#pragma once

#include "base/err.h"
#include "report/outcome.h"
#include "report/verdict.h"
#include "run/board.h"
#include "run/session.h"

struct kt_run_output;

/* All borrowed. The session's results must have begun before the first test is added. */
struct kt_run_output_config {
	const struct kt_run_session *s;
	size_t total; /* tests, each repeat counted */
	struct kt_run_board *board;
};

/* Opens every report: one that cannot be written is an error before anything boots. */
int kt_run_output_open(
	const struct kt_run_output_config *config, struct kt_run_output **ret, struct kt_err *err);
/*
 * One test, judged: reported, stored, counted. What could not be written is remembered for
 * the end, so that the run goes on and its other reports have all.
 */
void kt_run_output_add(
	struct kt_run_output *out, const struct kt_outcome *o, const struct kt_verdict *v);
/* Something went wrong that no verdict tells: the run ends with ERR and its status. */
void kt_run_output_fail(struct kt_run_output *out, const struct kt_err *err);
/*
 * Close all. *RET_STATUS is the exit status of the verdicts. -errno: something was not
 * written; everything else is complete.
 */
int kt_run_output_end(
	struct kt_run_output *out, const char *why_not_run, int *ret_status, struct kt_err *err);
void kt_run_output_free(struct kt_run_output *out);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_run_output, kt_run_output_free);
