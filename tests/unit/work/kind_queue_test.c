// SPDX-License-Identifier: GPL-2.0-only
/* Nothing is lost and nothing is taken twice between producers and consumers. */
#include "unit/work/team_run.h"

Test(kind_queue, epoll_storm_takes_what_was_posted)
{
	struct team_run run = run_team((struct ktstr_work){.kind = KTSTR_WORK_epoll_storm,
					       .epoll_storm = {.producers = 2, .consumers = 2}},
		20);
	cr_assert_eq(run.count, 4);
	double posted = KT_MAX(metric(&run, 0, "team_posted"), metric(&run, 1, "team_posted"));
	double taken = metric(&run, 2, "taken") + metric(&run, 3, "taken");
	cr_expect(taken > 0 && taken <= posted + 2, "%g of %g", taken, posted);
	cr_expect_gt(metric(&run, 2, "taken"), 0);
	cr_expect_gt(metric(&run, 3, "taken"), 0);
}

static struct team_run imbalance(unsigned consume_iters, unsigned rate_hz)
{
	return run_team((struct ktstr_work){.kind = KTSTR_WORK_producer_consumer_imbalance,
				.producer_consumer_imbalance = {.rate_hz = rate_hz,
					.consume_iters = consume_iters,
					.depth = 4}},
		20);
}

Test(kind_queue, imbalance_fills_the_ring_when_consumers_are_slow)
{
	struct team_run run = imbalance(1000000, 2000);
	cr_assert_eq(run.count, 3);
	double produced = metric(&run, 0, "produced") + metric(&run, 1, "produced");
	double consumed = metric(&run, 2, "consumed");
	cr_expect_gt(metric(&run, 0, "ring_full") + metric(&run, 1, "ring_full"), 0);
	cr_expect(consumed <= produced && consumed + 4 >= produced, "%g of %g", consumed, produced);
}

Test(kind_queue, imbalance_keeps_the_rate)
{
	struct team_run run = imbalance(1, 500);
	cr_expect_geq(run.r[0].wall_ns, 19 * 2 * KT_NS_PER_MS);
	cr_expect_leq(
		run.r[0].iterations, (run.r[0].wall_ns + run.late_ns) / (2 * KT_NS_PER_MS) + 1);
}

Test(kind_queue, a_ring_has_two_entries_or_more)
{
	struct kt_err err = {0};
	struct ktstr_work work = {.kind = KTSTR_WORK_producer_consumer_imbalance,
		.producer_consumer_imbalance = {.depth = 1}};
	cr_expect_eq(kt_work_check(&work, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "depth is 1"), "%s", err.text);
}
