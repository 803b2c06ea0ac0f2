// SPDX-License-Identifier: GPL-2.0-only
/* schbench: who wakes whom, how often, and what its options change. */
#include <math.h>

#include "unit/work/solo.h"
#include "work/busy.h"

static struct ktstr_work small(struct ktstr_work_schbench p)
{
	p.footprint_kib = 3;
	if (!p.worker_threads)
		p.worker_threads = 2;
	return (struct ktstr_work){.kind = KTSTR_WORK_schbench, .schbench = p};
}

/* Until the loops are LOOPS. */
static struct kt_work *run(struct ktstr_work work, uint64_t loops)
{
	struct kt_work *w = spawn_and_start(work);
	until(kt_work_iterations(w) >= loops);
	return w;
}

/* Stops the group; what is told of it stays readable until it is freed. */
static struct kt_work_result stop(struct kt_work *w)
{
	struct kt_work_results out = {0};
	stop_patiently(&w, 1, &out);
	cr_assert_eq(out.count, 1);
	struct kt_work_result r = out.items[0];
	cr_expect(r.completed, "%s", r.exit_text);
	free(r.metrics);
	free(out.items);
	return r;
}

Test(kind_schbench, workers_are_woken_and_work)
{
	struct kt_work *w = run(small((struct ktstr_work_schbench){0}), 200);
	long threads = status_value(w->pids[0], "Threads", 10);
	struct kt_work_result r = stop(w);
	const struct kt_work_slot *slot = &w->shared->slots[0];
	cr_expect_eq(threads, 4, "one that watches, one that wakes, two that work");
	cr_expect_eq((uint64_t)slot_metric(slot, "loops"), r.iterations);
	cr_expect_gt(slot_metric(slot, "rps"), 0);
	cr_expect_gt(slot_metric(slot, "wakeup_p99_us"), 0);
	cr_expect_geq(slot_metric(slot, "request_p50_us"), 100, "the sleep is in it");
	cr_expect_leq(slot_metric(slot, "request_p50_us"), slot_metric(slot, "request_max_us"));
	cr_expect_gt(slot_metric(slot, "worker_run_delay_us") + 1, 0);
	cr_expect_gt(r.wakes, 0);
	cr_expect_gt(r.cpu_ns, 0);
	/* Five products of 11 rows, and the request itself. */
	cr_expect_geq(r.work_units, r.iterations * 56);
	kt_work_free(w);
}

Test(kind_schbench, message_threads_have_workers_of_their_own)
{
	struct kt_work *w = run(
		small((struct ktstr_work_schbench){.message_threads = 2, .worker_threads = 3}), 50);
	cr_expect_eq(status_value(w->pids[0], "Threads", 10), 1 + 2 + 6);
	stop(w);
	kt_work_free(w);
}

Test(kind_schbench, by_default_there_is_a_worker_for_each_cpu)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_schbench, .schbench = {.footprint_kib = 3}};
	struct kt_work *w = run(work, 20);
	struct kt_cpus cpus;
	cr_assert(kt_worker_cpus(&cpus));
	cr_expect_eq(status_value(w->pids[0], "Threads", 10), 2 + kt_cpus_count(&cpus));
	stop(w);
	kt_work_free(w);
}

Test(kind_schbench, without_sleep_a_request_is_faster)
{
	struct ktstr_work work = small((struct ktstr_work_schbench){.sleep_us = 20000});
	struct kt_work *slow = run(work, 10);
	stop(slow);
	work.schbench.no_sleep = true;
	struct kt_work *fast = run(work, 10);
	stop(fast);
	cr_expect_geq(slot_metric(&slow->shared->slots[0], "request_p50_us"), 20000);
	cr_expect_lt(slot_metric(&fast->shared->slots[0], "request_p50_us"), 20000);
	kt_work_free(slow);
	kt_work_free(fast);
}

/* However busy the machine is: never more, because nobody asks. */
Test(kind_schbench, a_rate_is_kept)
{
	struct kt_work *w = run(small((struct ktstr_work_schbench){.rps = 50}), 40);
	uint64_t before = kt_now_ns();
	struct kt_work_result r = stop(w);
	/* It goes on until the last of its threads has heard the stop. */
	double seconds = (double)(r.wall_ns + kt_now_ns() - before) / KT_NS_PER_S;
	cr_expect_leq((double)r.iterations, 50 * seconds + 2, "in %g s", seconds);
	cr_expect_eq(slot_metric(&w->shared->slots[0], "asked_rps"), 50);
	kt_work_free(w);
}

Test(kind_schbench, requests_that_find_all_full_are_counted)
{
	struct kt_work *w = run(small((struct ktstr_work_schbench){
					.rps = 20000, .worker_threads = 1, .sleep_us = 20000}),
		20);
	stop(w);
	cr_expect_gt(slot_metric(&w->shared->slots[0], "skipped"), 0);
	kt_work_free(w);
}

Test(kind_schbench, an_idle_machine_gets_a_higher_rate)
{
	struct kt_busy from, to;
	uint64_t before = kt_now_ns();
	kt_busy_read(&from);
	struct kt_work *w = spawn_and_start(
		small((struct ktstr_work_schbench){.auto_rps_pct = 100, .no_locking = true}));
	kt_sleep_until(kt_now_ns() + 2500 * KT_NS_PER_MS);
	stop(w);
	kt_busy_read(&to);
	double seconds = (double)(kt_now_ns() - before) / KT_NS_PER_S;
	/* Once a second by a factor of at most 2, which is 1 on a machine that is busy already. */
	double rate = slot_metric(&w->shared->slots[0], "asked_rps");
	cr_expect(rate >= 10 && rate <= ldexp(10, (int)seconds), "%g", rate);
	/* So little that none of these seconds can have been full of it. */
	if (kt_busy_pct(&from, &to) / 100 * seconds < 0.8)
		cr_expect_gt(rate, 10);
	kt_work_free(w);
}

Test(kind_schbench, pipe_mode_moves_bytes_instead_of_computing)
{
	struct kt_work *w = run(small((struct ktstr_work_schbench){.pipe_bytes = 4096}), 200);
	struct kt_work_result r = stop(w);
	const struct kt_work_slot *slot = &w->shared->slots[0];
	cr_expect_gt(slot_metric(slot, "transfer_mib_s"), 0);
	for (uint32_t i = 0; i < atomic_load(&slot->metric_count); i++)
		cr_expect_neq(strncmp(slot->metrics[i].name, "request_", 8), 0);
	cr_expect_lt(r.work_units, r.iterations * 3);
	kt_work_free(w);
}

/* All of the footprint is common: the products are of one set of matrices. */
Test(kind_schbench, matrices_can_be_shared)
{
	struct kt_work *w =
		run(small((struct ktstr_work_schbench){.shared_pct = 100, .no_locking = true}), 50);
	struct kt_work_result r = stop(w);
	cr_expect_geq(r.work_units, r.iterations * 56);
	kt_work_free(w);
	w = run(small((struct ktstr_work_schbench){.shared_pct = 50}), 50);
	r = stop(w);
	/* Eight rows of each instead of eleven. */
	cr_expect_geq(r.work_units, r.iterations * 81);
	kt_work_free(w);
}

Test(kind_schbench, what_cannot_be_is_refused)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_schbench, .workers = 2};
	expect_refused(work, "schbench: 2 workers");
	work = small((struct ktstr_work_schbench){.message_threads = 32, .worker_threads = 32});
	expect_refused(work, "32 message threads with 32 workers");
	work = small((struct ktstr_work_schbench){.pipe_bytes = (1 << 20) + 1});
	expect_refused(work, "pipe_bytes is 1048577");
	work = small((struct ktstr_work_schbench){.pipe_bytes = 1, .rps = 1});
	expect_refused(work, "no requests that a rate");
	work = small((struct ktstr_work_schbench){.shared_pct = 101});
	expect_refused(work, "shared_pct is 101");
}
