// SPDX-License-Identifier: GPL-2.0-only
/* One wakes all others: how often, how many. */
#include "unit/work/team_run.h"

Test(kind_herd, thundering_herd_wakes_all_each_time)
{
	struct team_run run = run_team(
		(struct ktstr_work){.kind = KTSTR_WORK_thundering_herd,
			.thundering_herd = {.waiters = 3, .batches = 5, .inter_batch_ms = 2}},
		4);
	cr_assert_eq(run.count, 4);
	cr_expect_geq(run.r[0].wall_ns, 4 * 5 * 2 * KT_NS_PER_MS);
	for (int i = 1; i < 4; i++) {
		cr_expect_leq(run.r[i].iterations, run.r[0].work_units);
		cr_expect_gt(run.r[i].iterations, 0);
	}
}

/* Of a worker of the group. */
static uint64_t most_iterations(const struct kt_work *w)
{
	uint64_t most = 0;
	for (size_t i = 0; i < w->count; i++)
		most = KT_MAX(most, atomic_load(&w->shared->slots[i].iterations));
	return most;
}

Test(kind_herd, futex_fan_out_takes_the_time_asleep_as_latency)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){
		.kind = KTSTR_WORK_futex_fan_out, .futex_fan_out = {.fan_out = 2}});
	until(all_reached(w, 10));
	hold(w, 0);
	until(waits(w, 1) && waits(w, 2));
	uint64_t before = most_iterations(w);
	kt_sleep_until(kt_now_ns() + 100 * KT_NS_PER_MS);
	let_go(w, 0);
	until(all_reached(w, before + 1));
	struct team_run run = finish(w);
	cr_assert_eq(run.count, 3);
	cr_expect_geq(run.r[1].wake_max_ns, 100 * KT_NS_PER_MS);
	cr_expect_geq(run.r[2].wake_max_ns, 100 * KT_NS_PER_MS);
}

Test(kind_herd, fan_out_compute_waits_for_all_answers)
{
	struct team_run run = run_team(
		(struct ktstr_work){.kind = KTSTR_WORK_fan_out_compute,
			.fan_out_compute = {.fan_out = 3, .operations = 2, .footprint_kib = 8}},
		20);
	cr_assert_eq(run.count, 4);
	for (int i = 1; i < 4; i++) {
		uint64_t rounds = run.r[0].iterations;
		cr_expect(run.r[i].iterations >= rounds && run.r[i].iterations <= rounds + 1,
			"%lu answers in %lu rounds", (unsigned long)run.r[i].iterations,
			(unsigned long)rounds);
	}
}
