// SPDX-License-Identifier: GPL-2.0-only
/* Kinds that change what the scheduler knows of them, as another process sees it. */
#include <stdarg.h>
#include <sys/resource.h>

#include "unit/work/signature.h"
#include "unit/work/team_run.h"

#define SEEN 64

/* The different values that were seen of a worker. */
struct values {
	unsigned count;
	int list[SEEN];
};

/* One more look, which found VALUE; returns how many there are. */
static unsigned seen(struct values *v, int value)
{
	unsigned i = 0;
	while (i < v->count && v->list[i] != value)
		i++;
	if (i == v->count && i < SEEN)
		v->list[v->count++] = value;
	return v->count;
}

static bool both_signs(const struct values *v)
{
	bool below = false, above = false;
	for (unsigned i = 0; i < v->count; i++) {
		below |= v->list[i] < 0;
		above |= v->list[i] > 0;
	}
	return below && above;
}

static int nice_of(pid_t pid)
{
	return getpriority(PRIO_PROCESS, (id_t)pid);
}

static int policy_of(pid_t pid)
{
	return sched_getscheduler(pid) & ~SCHED_RESET_ON_FORK;
}

/* Its only CPU, or -1. */
static int cpu_of(pid_t pid)
{
	cpu_set_t mask;
	if (sched_getaffinity(pid, sizeof(mask), &mask) < 0 || CPU_COUNT(&mask) != 1)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &mask))
			return cpu;
	return -1;
}

Test(kind_churn, nice_sweep_goes_through_values_of_both_signs)
{
	struct values v = {0};
	if (setpriority(PRIO_PROCESS, 0, -1) < 0)
		cr_skip("no right to negative nice values");
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_nice_sweep});
	until(seen(&v, nice_of(w->pids[0])) >= 8 && both_signs(&v));
	finish(w);
}

Test(kind_churn, nice_sweep_leaves_out_what_is_not_permitted)
{
	drop_precedence();
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_nice_sweep});
	until(kt_work_iterations(w) > 40);
	cr_expect_eq(nice_of(w->pids[0]), 19, "without the right to go back");
	struct team_run run = finish(w);
	cr_expect_not_null(strstr(run.r[0].setup_text, "left out"), "%s", run.r[0].setup_text);
}

Test(kind_churn, affinity_churn_is_on_one_of_its_cpus_at_a_time)
{
	struct values v = {0};
	cpu_set_t mine;
	cr_assert_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_affinity_churn});
	until(kt_work_iterations(w) > 0);
	unsigned wanted = (unsigned)KT_MIN(CPU_COUNT(&mine), 3);
	until(seen(&v, cpu_of(w->pids[0])) >= wanted);
	for (unsigned i = 0; i < v.count; i++)
		cr_expect(v.list[i] >= 0 && CPU_ISSET(v.list[i], &mine));
	finish(w);
}

Test(kind_churn, policy_churn_uses_all_policies_it_may)
{
	struct values v = {0};
	drop_precedence();
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_policy_churn});
	until(kt_work_iterations(w) > 0);
	until(seen(&v, policy_of(w->pids[0])) >= 2);
	for (int i = 0; i < 2; i++)
		cr_expect(v.list[i] == SCHED_OTHER || v.list[i] == SCHED_BATCH);
	finish(w);
}

Test(kind_churn, cross_affinity_churn_never_touches_the_harness)
{
	cpu_set_t before, after;
	cr_assert_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	struct team_run run =
		run_team((struct ktstr_work){.kind = KTSTR_WORK_cross_affinity_churn}, 200);
	cr_assert_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	cr_expect(CPU_EQUAL(&before, &after));
	cr_expect_neq(run.r[0].setup_text[0], '\0');
}

Test(kind_churn, fork_exit_leaves_no_child)
{
	struct team_run run = run_team((struct ktstr_work){.kind = KTSTR_WORK_fork_exit}, 20);
	cr_expect_geq(run.r[0].iterations, 20);
	cr_expect(no_child_left());
}
