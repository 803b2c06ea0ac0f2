/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much time the host can have stolen from a CPU of the guest: what tells a starved host
 * apart from a stalled scheduler.
 */
#pragma once

#include <stdint.h>

#include "report/outcome.h"

/* The most that any one CPU lost over the measured time; 0 when nothing was measured. */
uint64_t kt_host_stolen_ns(const struct kt_outcome *o);
/* The most that any one CPU lost while R had its longest gap. */
uint64_t kt_host_stolen_in_gap_ns(const struct kt_outcome *o, const struct kt_work_result *r);
/* The most that any one CPU lost while R ran; at most its wall time. */
uint64_t kt_host_stolen_from_ns(const struct kt_outcome *o, const struct kt_work_result *r);
