// SPDX-License-Identifier: GPL-2.0-only
/* Tokens come round in order; signals arrive. */
#include "unit/work/team_run.h"

static struct team_run chain(enum ktstr_wake wake)
{
	return run_team((struct ktstr_work){.kind = KTSTR_WORK_wake_chain,
				.wake_chain = {.depth = 5, .wake = wake, .work_per_hop_us = 50}},
		40);
}

Test(kind_chain, wake_chain_wakes_in_order)
{
	for (unsigned wake = KTSTR_WAKE_pipe; wake <= KTSTR_WAKE_futex; wake++) {
		struct team_run run = chain(wake);
		uint64_t hops = 0;
		cr_assert_eq(run.count, 5);
		for (int i = 0; i < 5; i++)
			hops += run.r[i].iterations;
		/* One who is asked to stop between passing and counting has not counted. */
		cr_expect(metric(&run, 0, "hops") >= (double)hops - 5 &&
			  metric(&run, 0, "hops") <= (double)hops + 5);
		cr_expect_eq(metric(&run, 0, "out_of_turn"), 0);
		for (int i = 1; i < 5; i++)
			cr_expect(run.r[i].iterations <= run.r[i - 1].iterations &&
					  run.r[i].iterations + 1 >= run.r[i - 1].iterations,
				"%d: %lu after %lu", i, (unsigned long)run.r[i].iterations,
				(unsigned long)run.r[i - 1].iterations);
		cr_expect_geq(run.r[0].wall_ns, 39 * 5 * 50 * 1000ul, "each hop spins");
	}
}

Test(kind_chain, wake_chain_has_two_or_more)
{
	struct kt_err err = {0};
	struct ktstr_work work = {.kind = KTSTR_WORK_wake_chain, .wake_chain = {.depth = 1}};
	cr_expect_eq(kt_work_check(&work, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "depth is 1"), "%s", err.text);
	work.wake_chain.depth = 2;
	cr_expect_eq(kt_work_check(&work, &err), 0);
}

Test(kind_chain, signal_storm_signals_its_partner)
{
	struct team_run run = run_team((struct ktstr_work){.kind = KTSTR_WORK_signal_storm,
					       .signal_storm = {.signals = 3}},
		200);
	for (int i = 0; i < 2; i++) {
		double received = metric(&run, (size_t)i, "signals_received");
		double sent = 3.0 * (double)(run.r[!i].iterations + 1);
		cr_expect(received > 0 && received <= sent, "%g of %g", received, sent);
	}
}
