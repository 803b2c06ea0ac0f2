/* SPDX-License-Identifier: GPL-2.0-only */
/* One test from its descriptor to its report. */
#pragma once

#include "report/outcome.h"
#include "run/session.h"

/*
 * Emulated SVM (QEMU/TCG) now and then loses or repeats an interrupt while a guest boots: the
 * machine then stands still, resets, or its kernel panics before the guest is ready. Such a
 * boot is repeated, and the result has a note for each. A kernel that cannot boot fails
 * every time.
 */
#define KT_RUN_BOOTS_MAX 3u
bool kt_run_boot_was_lost(const struct kt_outcome *o);

/*
 * Run TEST, judge it, print and store the result, count it in the session. -errno only when
 * the result could not be stored; a test that could not run is a verdict.
 */
int kt_run_one(struct kt_run_session *s, const struct ktstr_test *test, struct kt_err *err);
