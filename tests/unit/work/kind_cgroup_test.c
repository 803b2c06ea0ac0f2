// SPDX-License-Identifier: GPL-2.0-only
/* Cgroup kinds where there is no cgroup to go to; with some they are tested in a guest. */
#include "unit/work/solo.h"

Test(kind_cgroup, churn_without_its_cgroups_spins_and_says_what_is_missing)
{
	struct solo *s = solo_new((struct ktstr_work){
		.kind = KTSTR_WORK_cgroup_churn, .cgroup_churn = {.cycle_ms = 1}});
	for (int i = 0; i < 3; i++)
		s->ops->step(&s->w);
	cr_expect_eq(s->w.meter.r.iterations, 3);
	cr_expect(strstr(s->w.slot->note, "cannot know its cgroup") ||
			  strstr(s->w.slot->note, "wt-cgroup-churn-0 beside its cgroup"),
		"%s", s->w.slot->note);
	solo_stop(s);
	cr_expect_eq(slot_metric(s->w.slot, "cgroup_moves"), 0);
	solo_free(s);
}

Test(kind_cgroup, storm_without_its_cgroup_does_nothing_and_says_so)
{
	struct kt_work *w =
		spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_cgroup_attach_storm});
	/* It has said what it has to say when it first sleeps. */
	_Atomic uint64_t *progress_ns = &w->shared->slots[0].progress_ns;
	until(atomic_load(progress_ns) > 0);
	uint64_t first_ns = atomic_load(progress_ns);
	until(atomic_load(progress_ns) > first_ns + 100 * KT_NS_PER_MS);
	cr_expect(strstr(w->shared->slots[0].note, "cannot know its cgroup") ||
			  strstr(w->shared->slots[0].note, "it does nothing"),
		"%s", w->shared->slots[0].note);
	struct kt_work_result r = end_one(w);
	cr_expect(r.completed, "%s", r.exit_text);
	cr_expect_eq(r.work_units, 0);
	cr_expect_eq(r.iterations, 0);
}

Test(kind_cgroup, a_destination_is_the_name_of_a_sibling)
{
	static const char *const names[] = {"", "a/b", "..", ".", "/a", ".hidden"};
	for (int i = 0; i < 6; i++)
		expect_refused((struct ktstr_work){.kind = KTSTR_WORK_cgroup_attach_storm,
				       .cgroup_attach_storm = {.dest = names[i]}},
			"is no name of a sibling cgroup");
}

/* The plan refuses the mode then: its children would else be those of the harness. */
Test(kind_cgroup, storm_is_for_processes)
{
	unsigned flags = kt_work_kind_get(KTSTR_WORK_cgroup_attach_storm)->ops->flags;
	cr_expect(flags & KT_WORK_FORK_ONLY);
}
