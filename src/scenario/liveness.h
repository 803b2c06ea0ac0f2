/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the scheduler under test is still there: during holds, between steps and at the end.
 * Its process is asked for anew each time, so a scheduler that was exchanged is followed; a
 * test without one is never affected.
 */
#pragma once

#include "base/err.h"
#include "scenario/state.h"

/*
 * Let the load run until DEADLINE_NS, or until the scheduler's process ends: then, and on a
 * later call, it is s->sched_ended. 0 or -errno.
 */
int kt_liveness_hold(struct kt_state *s, uint64_t deadline_ns, struct kt_err *err);
/* The same without a hold. */
int kt_liveness_check(struct kt_state *s, struct kt_err *err);
/*
 * Record the end of the scheduler as a failure, once: its kind says how it ended, as far as
 * that is known, the text WHEN and how long after the scenario's start it was noticed.
 */
void kt_liveness_record(struct kt_state *s, const char *when_fmt, ...)
	__attribute__((format(printf, 2, 3)));
