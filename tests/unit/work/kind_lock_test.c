// SPDX-License-Identifier: GPL-2.0-only
/* Locks exclude; what inverts is seen in a guest, where priorities are permitted. */
#include <stdarg.h>
#include <sys/resource.h>

#include "unit/work/signature.h"
#include "unit/work/team_run.h"

static uint64_t sum_of(const struct team_run *run, size_t from, size_t to)
{
	uint64_t sum = 0;
	for (size_t i = from; i < to; i++)
		sum += run->r[i].iterations;
	return sum;
}

static double most(const struct team_run *run, const char *name)
{
	double value = 0;
	for (size_t i = 0; i < run->count; i++)
		value = KT_MAX(value, metric(run, i, name));
	return value;
}

Test(kind_lock, mutex_contention_has_one_holder_at_a_time)
{
	struct team_run run = run_team((struct ktstr_work){.kind = KTSTR_WORK_mutex_contention,
					       .mutex_contention = {.work_iters = 1}},
		2000);
	cr_assert_eq(run.count, 4);
	/* The last one to end sees all passes, which two holders at once would have lost. */
	uint64_t passes = (uint64_t)most(&run, "team_passes");
	cr_expect_leq(passes, sum_of(&run, 0, 4));
	cr_expect_geq(passes + 4, sum_of(&run, 0, 4));
	cr_expect_gt(most(&run, "contended"), 0);
}

static struct ktstr_work inversion(enum ktstr_lock lock)
{
	return (struct ktstr_work){.kind = KTSTR_WORK_priority_inversion,
		.priority_inversion = {.high = 2, .medium = 1, .low = 2, .lock = lock}};
}

Test(kind_lock, priority_inversion_has_rounds_with_both_locks)
{
	drop_precedence();
	for (unsigned lock = KTSTR_LOCK_plain; lock <= KTSTR_LOCK_pi; lock++) {
		struct team_run run = run_team(inversion(lock), 20);
		cr_assert_eq(run.count, 5);
		double rounds = metric(&run, 0, "rounds");
		cr_expect(rounds >= 40, "two low take turns: %g", rounds);
		cr_expect_leq(run.r[0].iterations, (uint64_t)rounds);
		cr_expect_geq(run.r[0].iterations + 2, (uint64_t)rounds);
	}
}
