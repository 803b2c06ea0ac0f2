// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each kind does what its name says: real calls of sched_yield are counted by standing in
 * for it, sleeps are seen by the kernel's counts. Exchanging two kinds fails here.
 */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "unit/work/groups.h"

static _Atomic uint64_t *yields; /* shared with the workers */

/* In place of the C library's, for this program and its workers. */
int sched_yield(void)
{
	if (yields)
		atomic_fetch_add(yields, 1);
	return (int)syscall(SYS_sched_yield);
}

static struct kt_work_result run(struct ktstr_work work, uint64_t iterations)
{
	void *p = mmap(
		NULL, sizeof(*yields), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(p, MAP_FAILED);
	yields = p;
	struct kt_work *w = spawn_and_start(work);
	until(kt_work_iterations(w) >= iterations);
	struct kt_work_result res = end_one(w);
	cr_assert(res.completed, "%s", res.exit_text);
	cr_assert_geq(res.iterations, iterations);
	return res;
}

/* COUNT of them per iteration, the last iteration perhaps cut short by the stop. */
#define per_iteration(value, res, count)                                                           \
	cr_expect((value) >= (res).iterations * (count) &&                                         \
			  (value) <= ((res).iterations + 1) * (count),                             \
		#value " is %lu after %lu iterations", (unsigned long)(value),                     \
		(unsigned long)(res).iterations)

Test(kind_cpu, spin_wait_neither_yields_nor_sleeps)
{
	struct kt_work_result res = run((struct ktstr_work){.kind = KTSTR_WORK_spin_wait}, 100);
	cr_expect_eq(*yields, 0);
	cr_expect_eq(res.wakes, 0);
	per_iteration(res.work_units, res, 1);
}

Test(kind_cpu, spin_wait_spins_as_long_as_asked)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_spin_wait, .spin_wait = {.pauses = 4097}};
	struct kt_work_result res = run(work, 20);
	per_iteration(res.work_units, res, 5);
}

Test(kind_cpu, spin_wait_uses_cpu_time_in_proportion_to_its_pauses)
{
	struct ktstr_work brief = {.kind = KTSTR_WORK_spin_wait, .spin_wait = {.pauses = 1024}};
	struct ktstr_work heavy = {.kind = KTSTR_WORK_spin_wait, .spin_wait = {.pauses = 102400}};
	struct kt_work_result a = run(brief, 2000), b = run(heavy, 20);
	/* The median is what an iteration costs undisturbed, also where the host takes CPU time. */
	cr_expect_gt(b.cpu_ns / b.iterations, 10 * a.cost_p50_ns);
}

Test(kind_cpu, spin_wait_stays_on_its_cpu_of_its_own_will)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){.kind = KTSTR_WORK_spin_wait});
	until(kt_work_iterations(w) > 0);
	long long before = status_value(w->pids[0], "voluntary_ctxt_switches", 10);
	uint64_t more = kt_work_iterations(w) + 1000;
	until(kt_work_iterations(w) >= more);
	/* A page that was not there may have made it wait. */
	cr_expect_lt(status_value(w->pids[0], "voluntary_ctxt_switches", 10), before + 100);
	end_one(w);
}

Test(kind_cpu, yield_heavy_does_nothing_but_yield)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_yield_heavy, .yield_heavy = {.yields = 3}};
	struct kt_work_result res = run(work, 100);
	per_iteration(*yields, res, 3);
	cr_expect_eq(res.work_units, *yields);
	cr_expect_eq(res.wakes, 0);
}

Test(kind_cpu, mixed_yields_once_after_each_burst_of_spinning)
{
	struct ktstr_work work = {.kind = KTSTR_WORK_mixed, .mixed = {.pauses = 2048}};
	struct kt_work_result res = run(work, 100);
	per_iteration(*yields, res, 1);
	per_iteration(res.work_units, res, 3);
	cr_expect_eq(res.wakes, 0);
}

Test(kind_cpu, bursty_spins_then_sleeps_and_meters_its_wakes)
{
	struct ktstr_work work = {
		.kind = KTSTR_WORK_bursty, .bursty = {.burst_ms = 1, .sleep_ms = 40}};
	struct kt_work_result res = run(work, 10);
	cr_expect_eq(*yields, 0);
	cr_expect_geq(res.wakes, 9);
	cr_expect_leq(res.wakes, res.iterations);
	cr_expect_gt(res.work_units, 0);
	cr_expect_lt(res.cpu_ns, res.wall_ns / 2);
	cr_expect_geq(res.wall_ns, 9 * 41 * KT_NS_PER_MS);
	cr_expect_gt(res.wake_max_ns, 0);
	cr_expect_leq(res.wake_p50_ns, res.wake_p99_ns);
	cr_expect_leq(res.wake_p99_ns, res.wake_max_ns);
}

Test(kind_cpu, bursty_gives_up_the_cpu_of_its_own_will)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){
		.kind = KTSTR_WORK_bursty, .bursty = {.burst_ms = 1, .sleep_ms = 1}});
	until(kt_work_iterations(w) >= 1);
	long long before = status_value(w->pids[0], "voluntary_ctxt_switches", 10);
	uint64_t more = kt_work_iterations(w) + 50;
	until(kt_work_iterations(w) >= more);
	/* Whoever is preempted right before a sleep may find its time over. */
	cr_expect_geq(status_value(w->pids[0], "voluntary_ctxt_switches", 10), before + 25);
	end_one(w);
}

Test(kind_cpu, a_stop_ends_a_long_sleep_and_the_sleep_is_no_gap)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){
		.kind = KTSTR_WORK_bursty, .bursty = {.burst_ms = 1, .sleep_ms = 3600000}});
	/* It sleeps: its progress is ahead of the clock. */
	until(atomic_load(&w->shared->slots[0].progress_ns) > kt_now_ns() + KT_NS_PER_S);
	uint64_t now = kt_now_ns();
	kt_sleep_until(now + (now - w->opened_at_ns) + 50 * KT_NS_PER_MS); /* the larger half */
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
	cr_expect_eq(res.wakes, 0);
	cr_expect_lt(res.gap_ns, res.wall_ns / 2);
}

Test(kind_cpu, a_stop_ends_a_long_burst)
{
	struct kt_work *w = spawn_and_start((struct ktstr_work){
		.kind = KTSTR_WORK_bursty, .bursty = {.burst_ms = 3600000, .sleep_ms = 1}});
	until(atomic_load(&w->shared->slots[0].work_units) > 0);
	struct kt_work_result res = end_one(w);
	cr_expect(res.completed, "%s", res.exit_text);
	cr_expect_eq(res.iterations, 0);
	cr_expect_gt(res.work_units, 0);
}
