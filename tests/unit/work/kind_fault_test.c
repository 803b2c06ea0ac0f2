// SPDX-License-Identifier: GPL-2.0-only
/* Page faults as the kernel counts them. */
#include <sys/resource.h>

#include "unit/work/solo.h"
#include "unit/work/trace.h"

static long faults(void)
{
	struct rusage usage;
	cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_minflt;
}

/* With far more pages than touches, hardly one is touched twice. */
Test(kind_fault, each_touch_is_a_fault_again_and_again)
{
	struct solo *s = solo_new((struct ktstr_work){.kind = KTSTR_WORK_page_fault_churn,
		.page_fault_churn = {.region_kib = 16384, .touches = 100, .spin_iters = 1}});
	s->ops->step(&s->w);
	long before = faults();
	for (int i = 0; i < 20; i++)
		s->ops->step(&s->w);
	long made = faults() - before;
	cr_expect(made > 1900 && made < 2100, "%ld faults", made);
	cr_expect_eq(s->w.meter.r.iterations, 21);
	cr_expect_eq(s->w.meter.r.work_units, 21 * 101);
	size_t left = 0;
	for (size_t i = 0; i < s->w.memory_bytes; i++)
		left += s->w.memory[i];
	cr_expect_eq(left, 0, "pages were not given back");
	solo_free(s);
}

Test(kind_fault, one_madvise_gives_all_back)
{
	static struct trace t;
	struct kt_work *w =
		spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_page_fault_churn});
	if (!trace_attach(w)) {
		kt_work_free(w);
		cr_skip("ptrace is not permitted here");
	}
	trace_run(w, &t, 50, PATIENCE_MS);
	uint64_t iterations = atomic_load(&w->shared->slots[0].iterations);
	trace_detach(w);
	kt_work_free(w);
	cr_expect_geq(t.calls[0][SYS_madvise], 50);
	cr_expect_leq(t.calls[0][SYS_madvise], iterations + 2);
}

Test(kind_fault, a_region_is_of_whole_pages)
{
	expect_refused((struct ktstr_work){.kind = KTSTR_WORK_page_fault_churn,
			       .page_fault_churn = {.region_kib = 6}},
		"region_kib is 6, no whole number");
}
