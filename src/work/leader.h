/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process whose threads are the workers of a group. It does no work itself: it starts them,
 * waits for all of them, and ends.
 */
#pragma once

#include "work/team.h"
#include "work/worker.h"

/*
 * In a forked child, all signals blocked: take the process, start a thread for each of COUNT
 * workers made by MAKE, join them. What fails goes into shared->leader_errno.
 */
_Noreturn void kt_leader_run(const struct kt_worker *model, const struct kt_teams *teams,
	size_t count, struct kt_worker (*make)(void *arg, size_t i), void *arg);
/* Whether the workers of WORK are threads, of the one kind or the other. */
bool kt_leader_wanted(const struct ktstr_work *work);
