// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker works on without what it could not set. That is no failure of the scheduler, but
 * nobody may believe that it was in force.
 */
#include "scenario/setup_notes.h"

#include <string.h>

static bool same(const struct kt_work_result *a, const struct kt_work_result *b)
{
	return a->phase == b->phase && a->group == b->group && a->kind == b->kind &&
	       !strcmp(a->cgroup, b->cgroup) && !strcmp(a->setup_text, b->setup_text);
}

void kt_setup_notes(struct kt_state *s, const struct kt_work_result *results, size_t count)
{
	for (size_t i = 0; i < count;) {
		const struct kt_work_result *r = &results[i];
		size_t alike = 0;
		while (i < count && same(&results[i], r)) {
			alike++;
			i++;
		}
		if (!r->setup_text[0])
			continue;
		kt_state_detail(s, false, "work",
			"%zu worker%s of %s in cgroup '%s' ran without: %s (fix: see that the "
			"kernel "
			"and the cgroup allow it, or do not ask for it)",
			alike, alike == 1 ? "" : "s", kt_work_kind_name(r->kind), r->cgroup,
			r->setup_text);
	}
}
