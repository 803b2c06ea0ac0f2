/* SPDX-License-Identifier: GPL-2.0-only */
/* One test from its descriptor to its report. */
#pragma once

#include "run/session.h"

/*
 * Run TEST, judge it, print and store the result, count it in the session. -errno only when
 * the result could not be stored; a test that could not run is a verdict.
 */
int kt_run_one(struct kt_run_session *s, const struct ktstr_test *test, struct kt_err *err);
