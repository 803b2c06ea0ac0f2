// SPDX-License-Identifier: GPL-2.0-only
/* Lines of the placement log. An environment that keeps none costs nothing. */
#include "scenario/placement.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static void add_pids(struct kt_str *line, const pid_t *pids, size_t count)
{
	for (size_t i = 0; i < count && i < KT_PLACEMENT_PIDS; i++)
		kt_str_addf(line, "%s%d", i ? "," : "", (int)pids[i]);
	if (count > KT_PLACEMENT_PIDS)
		kt_str_addf(line, " and %zu more", count - KT_PLACEMENT_PIDS);
	if (!count)
		kt_str_add(line, "none");
}

/* What the kernel has in the cgroup; of "" nobody keeps a record. */
static void add_held(struct kt_state *s, const char *cgroup, struct kt_str *line)
{
	KT_AUTOFREE pid_t *pids = NULL;
	size_t count = 0;
	struct kt_err err = {0};
	if (!*cgroup)
		return;
	kt_str_addf(line, ", '%s' holds ", cgroup);
	if (s->env->cgroup_read_procs(s->env->arg, cgroup, &pids, &count, &err) < 0)
		kt_str_addf(line, "? (%s)", err.text);
	else
		add_pids(line, pids, count);
}

static void write_line(struct kt_state *s, struct kt_str *line)
{
	s->env->log_placement(s->env->arg, kt_str_get(line));
}

void kt_placement_spawned(struct kt_state *s, const struct kt_group *g)
{
	if (!s->env->log_placement)
		return;
	KT_AUTO_DONE(kt_str_done) struct kt_str line = {0};
	size_t count = 0;
	const pid_t *pids = s->env->work_pids(g->work, &count);
	kt_str_addf(&line, "phase %u: started in '%s': ", s->phase, g->cgroup);
	add_pids(&line, pids, count);
	write_line(s, &line);
}

void kt_placement_moving(struct kt_state *s, const char *from, const char *to)
{
	if (!s->env->log_placement)
		return;
	KT_AUTO_DONE(kt_str_done) struct kt_str line = {0};
	kt_str_addf(&line, "phase %u: moving from '%s' to '%s': ", s->phase, from, to);
	kt_vec_each(g, &s->groups) {
		size_t count = 0;
		if (strcmp(g->cgroup, from))
			continue;
		const pid_t *pids = s->env->work_pids(g->work, &count);
		kt_str_add(&line, "[");
		add_pids(&line, pids, count);
		kt_str_add(&line, "]");
	}
	add_held(s, from, &line);
	write_line(s, &line);
}

void kt_placement_moved(struct kt_state *s, const char *to)
{
	if (!s->env->log_placement)
		return;
	KT_AUTO_DONE(kt_str_done) struct kt_str line = {0};
	kt_str_addf(&line, "phase %u: moved", s->phase);
	add_held(s, to, &line);
	write_line(s, &line);
}
