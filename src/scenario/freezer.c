// SPDX-License-Identifier: GPL-2.0-only
/* cgroup.freeze, and which cgroups it was written for. */
#include "scenario/freezer.h"

#include <string.h>

/* Being frozen is no gap of the workers in and below CGROUP. */
static void tell_workers(struct kt_state *s, const char *cgroup, bool frozen)
{
	kt_vec_each(g, &s->groups)
		if (kt_names_within(g->cgroup, cgroup))
			s->env->work_set_frozen(g->work, frozen);
}

static int set(struct kt_state *s, const char *cgroup, bool on, struct kt_err *err)
{
	if (on)
		tell_workers(s, cgroup, true);
	int r = s->env->cgroup_freeze(s->env->arg, cgroup, on, err);
	if (!on || r < 0)
		tell_workers(s, cgroup, false);
	return r;
}

int kt_freezer_set(struct kt_state *s, const char *cgroup, bool on, struct kt_err *err)
{
	int r = set(s, cgroup, on, err);
	struct kt_name *entry = kt_names_find(&s->names, cgroup);
	if (!r && entry)
		entry->frozen = on;
	return r;
}

/* Failing is only a note: what it keeps from ending will be told of by its own name. */
static void write_freeze(struct kt_state *s, const char *cgroup, bool on)
{
	struct kt_err err = {0};
	if (set(s, cgroup, on, &err) < 0)
		kt_state_detail(s, false, "cgroup", "%s (fix: %s)", err.text, err.fix);
}

/* Write to the frozen cgroups that CGROUP is or is nested in. */
static void write_around(struct kt_state *s, const char *cgroup, bool on)
{
	kt_vec_each(item, &s->names.list)
		if (!item->gone && item->frozen && kt_names_within(cgroup, item->name))
			write_freeze(s, item->name, on);
}

void kt_freezer_before_stop(struct kt_state *s, const char *cgroup)
{
	write_around(s, cgroup, false);
}

void kt_freezer_after_stop(struct kt_state *s, const char *cgroup)
{
	write_around(s, cgroup, true);
}

/* Whether workers that end with the lifetime are in a cgroup that does not. */
static bool holds_ending(const struct kt_state *s, const struct kt_name *item, bool persistent)
{
	kt_vec_each(g, &s->groups)
		if (g->persistent == persistent && kt_names_within(g->cgroup, item->name))
			return true;
	return false;
}

void kt_freezer_before_end(struct kt_state *s, bool persistent)
{
	kt_vec_each(item, &s->names.list) {
		bool ends = item->persistent == persistent;
		item->thawed =
			!item->gone && item->frozen && !ends && holds_ending(s, item, persistent);
		if (item->thawed || (ends && !item->gone))
			write_freeze(s, item->name, false);
		if (ends)
			item->frozen = false;
	}
}

void kt_freezer_after_end(struct kt_state *s)
{
	kt_vec_each(item, &s->names.list) {
		if (item->thawed && !item->gone)
			write_freeze(s, item->name, true);
		item->thawed = false;
	}
}
