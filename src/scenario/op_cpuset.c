// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ops on cpusets. Workers in the cgroup and in those nested in it are not judged while the
 * kernel moves them; afterwards they are by what is in force, also when the write failed.
 */
#include <string.h>

#include "scenario/affinity_spec.h"
#include "scenario/op_table.h"

static int write_cpuset(
	struct kt_state *s, const char *cgroup, const struct kt_cpus *cpus, struct kt_err *err)
{
	kt_state_pause_judging(s, cgroup);
	int r = s->env->cgroup_set_cpuset(s->env->arg, cgroup, cpus, err);
	if (!r)
		kt_names_set_cpuset(&s->names, cgroup, cpus);
	kt_state_resume_judging(s, cgroup);
	return r;
}

/* Workers that keep what they had are only noted: the kernel may have its reasons. */
int kt_op_set_affinity(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	struct kt_cpus allowed;
	struct kt_affinity affinity;
	bool confined = kt_names_allowed(&s->names, op->cgroup, &allowed);
	int r = kt_affinity_resolve(
		&s->plan->topo, &op->affinity, confined ? &allowed : NULL, &affinity, err);
	if (r < 0 || affinity.kind == KT_AFFINITY_NONE)
		return r;
	uint64_t seed = s->plan->seed + ++s->draws;
	kt_vec_each(g, &s->groups) {
		struct kt_err why = {0};
		if (strcmp(g->cgroup, op->cgroup))
			continue;
		unsigned kept = s->env->work_set_affinity(g->work, &affinity, seed, &why);
		if (kept)
			kt_state_detail(s, false, "op",
				"%s: %u worker%s of cgroup '%s' kept the CPUs from before: %s "
				"(fix: "
				"%s)",
				s->place, kept, kept == 1 ? "" : "s", op->cgroup, why.text,
				why.fix);
	}
	return 0;
}

int kt_op_set_cpuset(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return write_cpuset(s, op->cgroup, &op->cpus, err);
}

/* The CPUs that stand in its file; false when it has none of its own, or cannot be read. */
static bool read_cpuset(struct kt_state *s, const char *cgroup, struct kt_cpus *ret)
{
	struct kt_err ignored = {0}; /* by the rule such a side is not copied */
	return !s->env->cgroup_read_cpuset(s->env->arg, cgroup, ret, &ignored) &&
	       kt_cpus_count(ret) > 0;
}

int kt_op_swap_cpusets(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	struct kt_cpus a = {0}, b = {0};
	bool has_a = read_cpuset(s, op->cgroup, &a);
	bool has_b = read_cpuset(s, op->to, &b);
	int r = has_a ? write_cpuset(s, op->to, &a, err) : 0;
	if (!r && has_b)
		r = write_cpuset(s, op->cgroup, &b, err);
	return r;
}

int kt_op_clear_cpuset(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return write_cpuset(s, op->cgroup, NULL, err);
}
