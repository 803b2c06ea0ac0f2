/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports of workers: whether one is believed, and the result it becomes. Between collect.c and
 * report.c only. A report was written by a worker, which may have run wild.
 */
#pragma once

#include "work/group.h"

/* NULL, or why this report is not believed to be the one of worker I, of process PID. */
const char *kt_report_fault(
	const struct kt_work *w, size_t i, pid_t pid, const struct kt_work_report *r);
/* RES, in which who and when is filled in, gets what a believed report says. */
void kt_report_take(
	struct kt_work_result *res, const struct kt_work *w, const struct kt_work_report *r);
/* The metrics and the note that its kind left in the slot, reported or not. */
void kt_report_take_kind(struct kt_work_result *res, const struct kt_work_slot *slot);
