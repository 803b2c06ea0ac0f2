// SPDX-License-Identifier: GPL-2.0-only
/* NUMA kinds on whatever machine this is; with two nodes they are tested in a guest. */
#include <sys/mman.h>

#include "unit/work/solo.h"
#include "unit/work/trace.h"

static void trace_kind(struct ktstr_work work, struct trace *t)
{
	struct kt_work *w = spawn_and_start(work);
	if (!trace_attach(w)) {
		kt_work_free(w);
		cr_skip("ptrace is not permitted here");
	}
	trace_run(w, t, 20, PATIENCE_MS);
	trace_detach(w);
	kt_work_free(w);
}

Test(kind_numa, sweep_binds_its_region_once_a_period)
{
	static struct trace t;
	trace_kind((struct ktstr_work){.kind = KTSTR_WORK_numa_working_set_sweep,
			   .numa_working_set_sweep = {.period_ms = 1, .nodes = "0"}},
		&t);
	cr_expect_geq(t.calls[0][SYS_mbind], 20);
	cr_expect_eq(t.calls[0][SYS_sched_setaffinity], 0);
}

Test(kind_numa, without_nodes_the_region_is_not_bound_but_touched)
{
	static struct trace t;
	trace_kind((struct ktstr_work){.kind = KTSTR_WORK_numa_working_set_sweep,
			   .numa_working_set_sweep = {.period_ms = 1}},
		&t);
	cr_expect_eq(t.calls[0][SYS_mbind], 0);
	struct solo *s = solo_new((struct ktstr_work){.kind = KTSTR_WORK_numa_working_set_sweep,
		.numa_working_set_sweep = {.region_kib = 6, .period_ms = 1}});
	unsigned char resident[2];
	cr_assert_eq(s->w.memory_bytes, 8192, "whole pages");
	cr_assert_eq(madvise(s->w.memory, s->w.memory_bytes, MADV_DONTNEED), 0);
	s->ops->step(&s->w);
	cr_assert_eq(mincore(s->w.memory, s->w.memory_bytes, resident), 0);
	cr_expect(resident[0] & resident[1] & 1, "a page was not touched");
	cr_expect_eq(s->w.meter.r.iterations, 1);
	solo_stop(s);
	cr_expect_eq(slot_metric(s->w.slot, "region_moves"), 0);
	solo_free(s);
}

Test(kind_numa, a_node_that_is_not_there_is_said_and_the_work_goes_on)
{
	struct solo *s = solo_new((struct ktstr_work){.kind = KTSTR_WORK_numa_working_set_sweep,
		.numa_working_set_sweep = {.period_ms = 1, .nodes = "0,63"}});
	for (int i = 0; i < 4; i++)
		s->ops->step(&s->w);
	cr_expect_eq(s->w.meter.r.iterations, 4);
	cr_expect_not_null(strstr(s->w.slot->note, "node 63"), "%s", s->w.slot->note);
	solo_free(s);
}

Test(kind_numa, nodes_are_a_list_below_64)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_numa_working_set_sweep,
		.numa_working_set_sweep = {.nodes = "0,64"}};
	expect_refused(work, "node 64 in '0,64'");
	work.numa_working_set_sweep.nodes = "0-";
	expect_refused(work, "numa_working_set_sweep: nodes");
}

Test(kind_numa, churn_on_one_node_spins_and_says_so)
{
	static struct trace t;
	struct solo *s = solo_new((struct ktstr_work){
		.kind = KTSTR_WORK_numa_migration_churn, .numa_migration_churn = {.period_ms = 1}});
	bool one = strstr(s->w.slot->note, "all of one node");
	for (int i = 0; i < 3; i++)
		s->ops->step(&s->w);
	cr_expect_eq(s->w.meter.r.iterations, 3);
	cr_expect_gt(s->w.meter.r.work_units, 0);
	solo_stop(s);
	cr_expect_eq(slot_metric(s->w.slot, "node_moves"), one ? 0 : 3);
	solo_free(s);
	if (!one)
		return; /* the guest test is for that */
	trace_kind((struct ktstr_work){.kind = KTSTR_WORK_numa_migration_churn,
			   .numa_migration_churn = {.period_ms = 1}},
		&t);
	cr_expect_eq(t.calls[0][SYS_sched_setaffinity], 0);
}
