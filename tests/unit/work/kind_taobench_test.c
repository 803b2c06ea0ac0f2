// SPDX-License-Identifier: GPL-2.0-only
/* taobench: hits and misses in the wanted proportion, by whom, at which rate and how late. */
#include "unit/work/solo.h"

static struct ktstr_work small(struct ktstr_work_taobench p)
{
	if (!p.cache_mib)
		p.cache_mib = 1;
	if (!p.clients)
		p.clients = 3;
	return (struct ktstr_work){.kind = KTSTR_WORK_taobench, .taobench = p};
}

/* Until so many operations have been served. */
static struct kt_work_result run(struct ktstr_work work, uint64_t operations, struct kt_work **ret)
{
	struct kt_work_results out = {0};
	struct kt_work *w = spawn_and_start(work);
	until(kt_work_iterations(w) >= operations);
	*ret = w;
	stop_patiently(ret, 1, &out);
	cr_assert_eq(out.count, 1);
	struct kt_work_result r = out.items[0];
	cr_expect(r.completed, "%s", r.exit_text);
	free(r.metrics);
	free(out.items);
	return r;
}

Test(kind_taobench, hits_and_misses_come_in_the_wanted_proportion)
{
	struct kt_work *w;
	struct kt_work_result r =
		run(small((struct ktstr_work_taobench){.cache_mib = 32}), 10000, &w);
	const struct kt_work_slot *slot = &w->shared->slots[0];
	double fast = slot_metric(slot, "fast_qps"), slow = slot_metric(slot, "slow_qps");
	double ratio = slot_metric(slot, "hit_ratio");
	cr_expect_float_eq(ratio, fast / (fast + slow), 1e-6);
	cr_expect_float_eq(slot_metric(slot, "total_qps"), fast + slow, 1e-3);
	cr_expect(ratio > 0.85 && ratio < 0.95, "%g", ratio);
	cr_expect_gt(r.wakes, 0, "who misses is woken");
	cr_expect_gt(r.pages_total, 200, "the cache is in memory");
	kt_work_free(w);
}

Test(kind_taobench, misses_take_their_time_and_hits_do_not)
{
	struct kt_work *w;
	run(small((struct ktstr_work_taobench){
		    .cache_mib = 16, .miss_sleep_us = 20000, .hit_pct = 80}),
		300, &w);
	const struct kt_work_slot *slot = &w->shared->slots[0];
	cr_expect_lt(slot_metric(slot, "serve_p50_us"), 20000);
	cr_expect_geq(slot_metric(slot, "serve_p99_us"), 20000);
	kt_work_free(w);
}

Test(kind_taobench, three_clients_have_one_slow_thread)
{
	struct kt_work *w = spawn_and_start(small((struct ktstr_work_taobench){0}));
	until(kt_work_iterations(w) > 100);
	cr_expect_eq(status_value(w->pids[0], "Threads", 10), 1 + 3 + 1);
	kt_work_free(w);
	w = spawn_and_start(small((struct ktstr_work_taobench){.clients = 7, .slow_threads = 4}));
	until(kt_work_iterations(w) > 100);
	cr_expect_eq(status_value(w->pids[0], "Threads", 10), 1 + 7 + 4);
	kt_work_free(w);
}

/* A busy machine may make it late, but nothing makes it early. */
Test(kind_taobench, in_open_loop_the_rate_is_kept)
{
	struct kt_work *w;
	uint64_t before = kt_now_ns();
	struct kt_work_result r = run(
		small((struct ktstr_work_taobench){.arrival_hz = 300, .no_sleep = true}), 300, &w);
	/* It goes on until the last of its threads has heard the stop. */
	double seconds = (double)(kt_now_ns() - before) / KT_NS_PER_S;
	cr_expect_leq((double)r.iterations, 300 * seconds, "in %g s", seconds);
	cr_expect_gt(slot_metric(&w->shared->slots[0], "total_qps"), 0);
	kt_work_free(w);
}

/* A rate that cannot be met: what waits behind the misses is late, and later and later. */
Test(kind_taobench, in_open_loop_waiting_counts)
{
	struct kt_work *w;
	run(small((struct ktstr_work_taobench){
		    .clients = 1, .arrival_hz = 1000, .hit_pct = 50, .miss_sleep_us = 10000}),
		300, &w);
	double p99 = slot_metric(&w->shared->slots[0], "serve_p99_us");
	cr_expect_gt(p99, 100000, "%g us", p99);
	kt_work_free(w);
}

/* No constant time has both: that far apart are the median and the tail of what was asked for. */
Test(kind_taobench, misses_may_have_a_heavy_tail)
{
	struct kt_work *w;
	run(small((struct ktstr_work_taobench){.hit_pct = 1,
		    .clients = 8,
		    .slow_threads = 8,
		    .miss_sleep_us = 100,
		    .miss_p99_us = 100000}),
		3000, &w);
	double p50 = slot_metric(&w->shared->slots[0], "serve_p50_us");
	double most = slot_metric(&w->shared->slots[0], "serve_max_us");
	cr_expect_lt(p50, 100000, "the 99th percentile");
	cr_expect_gt(most, 50000, "48 of 3000 take longer");
	kt_work_free(w);
}

Test(kind_taobench, what_cannot_be_is_refused)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_taobench, .workers = 2};
	expect_refused(work, "taobench: 2 workers");
	expect_refused(small((struct ktstr_work_taobench){.hit_pct = 100}),
		"hit_pct 100 nothing is ever missed");
	expect_refused(small((struct ktstr_work_taobench){.clients = 1000, .slow_threads = 25}),
		"1000 clients and 25 slow threads");
	expect_refused(small((struct ktstr_work_taobench){.miss_p99_us = 100}),
		"miss_p99_us is 100, not above");
}
