// SPDX-License-Identifier: GPL-2.0-only
/* Sorting the reports into groups and the groups by who came first. */
#include "report/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

typedef const struct kt_work_result *member;

static int compare_cgroups(member x, member y)
{
	int order = (x->phase > y->phase) - (x->phase < y->phase);

	return order ?: strcmp(x->cgroup, y->cgroup);
}

static int compare_works(member x, member y)
{
	return compare_cgroups(x, y) ?: (x->group > y->group) - (x->group < y->group);
}

/* Within one group in the order of arrival. */
static int sort_works(const void *a, const void *b)
{
	member x = *(const member *)a, y = *(const member *)b;

	return compare_works(x, y) ?: (x > y) - (x < y);
}

static int sort_cgroups(const void *a, const void *b)
{
	member x = *(const member *)a, y = *(const member *)b;

	return compare_cgroups(x, y) ?: (x > y) - (x < y);
}

static int sort_arrival(const void *a, const void *b)
{
	const struct kt_group *x = a, *y = b;

	return (x->members[0] > y->members[0]) - (x->members[0] < y->members[0]);
}

static void split(struct kt_groups *g, size_t reported, int (*compare)(member x, member y))
{
	for (size_t i = 0; i < reported; i++) {
		if (!i || compare(g->sorted[i - 1], g->sorted[i]))
			g->items[g->count++].members = &g->sorted[i];
		g->items[g->count - 1].count++;
	}
	qsort(g->items, g->count, sizeof(*g->items), sort_arrival);
}

void kt_groups_make(const struct kt_outcome *o, enum kt_groups_by by, const char *name,
	struct kt_verdict *v, struct kt_groups *ret)
{
	bool works = by == KT_GROUPS_BY_WORK;
	size_t reported = 0;

	*ret = (struct kt_groups){
		.sorted = calloc(o->workers.count + 1, sizeof(*ret->sorted)),
		.items = calloc(o->workers.count + 1, sizeof(*ret->items)),
	};
	if (!ret->sorted || !ret->items) {
		struct kt_verdict_detail d = {
			.kind = KT_VERDICT_INCONCLUSIVE, .phase = KT_VERDICT_NO_PHASE};
		snprintf(d.name, sizeof(d.name), "%s", name);
		kt_verdict_add(v, &d, "free some memory", "no memory to compare the workers");
		kt_groups_done(ret);
		return;
	}
	kt_vec_each(r, &o->workers)
		if (r->completed)
			ret->sorted[reported++] = r;
	qsort(ret->sorted, reported, sizeof(*ret->sorted), works ? sort_works : sort_cgroups);
	split(ret, reported, works ? compare_works : compare_cgroups);
}

void kt_groups_done(struct kt_groups *g)
{
	free(g->sorted);
	free(g->items);
	*g = (struct kt_groups){0};
}
