/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workers that are judged together: those that reported, by work (they do the same and were
 * started together) or by cgroup (all works of a cgroup in one phase).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "report/outcome.h"
#include "report/verdict.h"

enum kt_groups_by { KT_GROUPS_BY_WORK, KT_GROUPS_BY_CGROUP };

struct kt_group {
	const struct kt_work_result *const *members; /* in the order of arrival */
	size_t count;				     /* at least 1 */
};

/* Zero bytes are none. */
struct kt_groups {
	struct kt_group *items; /* in the order of their first members */
	size_t count;
	const struct kt_work_result **sorted; /* what members point into */
};

/*
 * Release with kt_groups_done(). Without memory a detail of the check NAME says so (INCONCLUSIVE)
 * and there is no group.
 */
void kt_groups_make(const struct kt_outcome *o, enum kt_groups_by by, const char *name,
	struct kt_verdict *v, struct kt_groups *ret);
void kt_groups_done(struct kt_groups *g);
