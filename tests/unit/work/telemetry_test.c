// SPDX-License-Identifier: GPL-2.0-only
/* The meter alone, in this process: what counts as a gap, as outside, as a wake. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "work/telemetry.h"

static struct kt_work_shared *shared;
static struct kt_meter meter;

static void set_up(void)
{
	size_t bytes = sizeof(*shared) + sizeof(shared->slots[0]);
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(p, MAP_FAILED);
	shared = p;
	atomic_store(&shared->opened_at_ns, kt_now_ns() - 100 * KT_NS_PER_S);
	kt_meter_init(&meter, shared, &shared->slots[0], 1);
	kt_meter_begin(&meter);
	kt_meter_unit_yielded(&meter); /* the wait at the gate */
	meter.r.gap_ns = 0;
}

static void tear_down(void)
{
	kt_meter_done(&meter);
	munmap(shared, sizeof(*shared) + sizeof(shared->slots[0]));
}

TestSuite(telemetry, .init = set_up, .fini = tear_down);

Test(telemetry, waiting_for_the_first_turn_is_a_gap)
{
	kt_meter_begin(&meter);
	kt_meter_unit_yielded(&meter);
	cr_expect_geq(meter.r.gap_ns, 100 * KT_NS_PER_S);
}

Test(telemetry, time_between_checkpoints_is_a_gap_with_its_cpu_and_time)
{
	meter.last_ns = kt_now_ns() - 10 * KT_NS_PER_S;
	kt_meter_unit_yielded(&meter);
	cr_expect_geq(meter.r.gap_ns, 10 * KT_NS_PER_S);
	cr_expect_lt(meter.r.gap_ns, 90 * KT_NS_PER_S);
	cr_expect_geq(meter.r.gap_at_ns, 100 * KT_NS_PER_S);
	cr_expect(kt_cpus_has(&meter.r.cpus_used, (unsigned)meter.r.gap_cpu));
}

Test(telemetry, a_requested_sleep_is_no_gap)
{
	meter.last_ns = kt_now_ns() - 50 * KT_NS_PER_S;
	kt_meter_woke(&meter, kt_now_ns());
	cr_expect_lt(meter.r.gap_ns, 50 * KT_NS_PER_S);
	cr_expect_eq(meter.wakes.count, 1);
}

Test(telemetry, oversleeping_is_a_gap_and_a_wake_latency)
{
	meter.last_ns = kt_now_ns() - 50 * KT_NS_PER_S;
	kt_meter_woke(&meter, kt_now_ns() - 20 * KT_NS_PER_S);
	cr_expect_geq(meter.r.gap_ns, 20 * KT_NS_PER_S);
	cr_expect_lt(meter.r.gap_ns, 50 * KT_NS_PER_S);
	cr_expect_geq(meter.wakes.max_ns, 20 * KT_NS_PER_S);
}

Test(telemetry, a_sleep_cut_short_is_neither)
{
	meter.last_ns = kt_now_ns();
	kt_meter_woke(&meter, kt_now_ns() + 3600 * KT_NS_PER_S);
	cr_expect_eq(meter.r.gap_ns, 0);
	cr_expect_eq(meter.wakes.count, 0);
}

Test(telemetry, a_gap_ends_at_the_stop)
{
	meter.last_ns = kt_now_ns() - 10 * KT_NS_PER_S;
	atomic_store(&shared->stopped_at_ns, meter.last_ns + 2 * KT_NS_PER_S);
	kt_meter_end(&meter, 1, 1, 0);
	cr_expect_eq(shared->slots[0].report.gap_ns, 2 * KT_NS_PER_S);
}

Test(telemetry, silence_before_the_end_is_a_gap)
{
	meter.last_ns = kt_now_ns() - 10 * KT_NS_PER_S;
	kt_meter_end(&meter, 1, 1, 0);
	cr_expect_geq(shared->slots[0].report.gap_ns, 10 * KT_NS_PER_S);
}

Test(telemetry, being_outside_counts_only_while_confined_and_settled)
{
	kt_meter_unit_yielded(&meter);
	cr_expect_eq(meter.r.outside, 0, "anywhere is allowed");
	atomic_store(&shared->confined, 1); /* to no CPU at all */
	atomic_store(&shared->epoch, 1);
	kt_meter_unit_yielded(&meter);
	cr_expect_eq(meter.r.outside, 0, "the set is being changed");
	atomic_store(&shared->epoch, 2);
	kt_meter_unit_yielded(&meter);
	kt_meter_unit_yielded(&meter);
	cr_expect_eq(meter.r.outside, 2);
	cr_expect(kt_cpus_has(&meter.r.cpus_outside, (unsigned)meter.cpu));
}

Test(telemetry, checkpoints_of_cheap_units_are_rare_and_those_of_dear_units_are_not)
{
	for (int i = 0; i < 1000000; i++)
		kt_meter_unit(&meter);
	cr_expect_gt(meter.every, 10);
	cr_expect_leq(meter.every, 65536);
	cr_expect_eq(meter.r.work_units, 1000001);

	meter.every = 1;
	meter.unit_ns = UINT64_MAX;
	meter.since = 0;
	meter.last_ns = kt_now_ns() - KT_NS_PER_MS; /* such a unit took 1 ms */
	kt_meter_unit(&meter);
	cr_expect_leq(meter.every * KT_NS_PER_MS, 100 * meter.cost_ns + KT_NS_PER_MS);
}

Test(telemetry, the_checksum_covers_every_number)
{
	kt_meter_end(&meter, 1, 1, 0);
	struct kt_work_report r = shared->slots[0].report;
	cr_expect_eq(r.checksum, kt_work_report_checksum(&r));
	r.wake_max_ns++;
	cr_expect_neq(r.checksum, kt_work_report_checksum(&r));
}

Test(telemetry, of_a_kind_that_only_computes_iterations_are_timed)
{
	meter.times = true;
	meter.cost_ns = 50; /* of a machine that is not slow */
	for (int i = 0; i < 5; i++) {
		kt_sleep_until(kt_now_ns() + KT_NS_PER_MS); /* long enough that all are timed */
		kt_meter_iteration(&meter);
	}
	kt_meter_end(&meter, 1, 1, 0);
	const struct kt_work_report *r = &shared->slots[0].report;
	cr_expect_eq(r->costs, 4, "the first began before its timing did");
	cr_expect_geq(r->cost_p50_ns, KT_NS_PER_MS);
	cr_expect_leq(r->cost_p50_ns, r->cost_p99_ns);
	cr_expect_leq(r->cost_p99_ns, r->cost_max_ns);
}

Test(telemetry, iterations_of_other_kinds_are_not_timed)
{
	for (int i = 0; i < 5; i++)
		kt_meter_iteration(&meter);
	cr_expect_eq(meter.costs.count, 0);
}

Test(telemetry, timing_cheap_iterations_is_rare)
{
	meter.times = true;
	for (int i = 0; i < 100000; i++)
		kt_meter_iteration(&meter);
	cr_expect_gt(meter.costs.count, 0);
	cr_expect_lt(meter.costs.count, 20000);
}

Test(telemetry, after_the_stop_nothing_is_timed_any_more)
{
	meter.times = true;
	kt_meter_iteration(&meter);
	atomic_store(&shared->stopped_at_ns, kt_now_ns());
	kt_meter_iteration(&meter);
	kt_meter_timer(&meter, 5);
	cr_expect_eq(meter.costs.count, 0);
	cr_expect_eq(meter.timers.count, 0);
}

Test(telemetry, timers_have_figures_of_their_own)
{
	kt_meter_timer(&meter, 7);
	kt_meter_timer(&meter, 9);
	kt_meter_end(&meter, 1, 1, 0);
	const struct kt_work_report *r = &shared->slots[0].report;
	cr_expect(r->timers == 2 && r->timer_p50_ns == 7 && r->timer_max_ns == 9);
	cr_expect_eq(r->wakes, 0);
}

Test(telemetry, the_kernel_counts_how_often_it_was_picked)
{
	kt_meter_base(&meter);
	/* A few may find their time over before they sleep. */
	for (int i = 0; i < 20; i++)
		kt_sleep_until(kt_now_ns() + KT_NS_PER_MS);
	kt_meter_end(&meter, 1, 1, 0);
	const struct kt_work_report *r = &shared->slots[0].report;
	if (!r->has_picks)
		cr_skip_test("this kernel has no schedstat");
	cr_expect_geq(r->picks, 10);
}

Test(telemetry, pages_are_counted_on_some_node)
{
	size_t bytes = 64 * 4096;
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(p, MAP_FAILED);
	madvise(p, bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes / 2; i += 4096)
		p[i] = 1;
	kt_meter_region(&meter, p, bytes);
	kt_meter_end(&meter, 1, 1, 0);
	const struct kt_work_report *r = &shared->slots[0].report;
	uint64_t sum = 0;
	for (unsigned i = 0; i < KT_PAGES_NODES_MAX; i++)
		sum += r->pages[i];
	munmap(p, bytes);
	if (!r->has_pages)
		cr_skip_test("this kernel does not say where pages are");
	cr_expect_eq(sum, 32, "only pages that were touched are anywhere: %lu", (unsigned long)sum);
}

Test(telemetry, without_a_region_no_pages_are_claimed)
{
	kt_meter_end(&meter, 1, 1, 0);
	cr_expect_eq(shared->slots[0].report.has_pages, 0);
}

/* What threads of the worker's own have done is the worker's. */
Test(telemetry, a_part_is_added_to_the_whole)
{
	struct kt_work_slot *slot = aligned_alloc(128, sizeof(*slot));
	struct kt_meter part;
	unsigned elsewhere = ((unsigned)meter.cpu + 1) % KT_CPUS_MAX;
	memset(slot, 0, sizeof(*slot));
	kt_meter_init(&part, shared, slot, 2);
	part.r = (struct kt_work_report){.work_units = 10,
		.iterations = 3,
		.cpu_ns = 5 * KT_NS_PER_S,
		.run_delay_ns = 6 * KT_NS_PER_S,
		.picks = 7,
		.gap_ns = 80 * KT_NS_PER_S,
		.gap_at_ns = 4,
		.gap_cpu = 2,
		.migrations = 8,
		.outside = 9};
	kt_cpus_add(&part.r.cpus_used, elsewhere);
	kt_cpus_add(&part.r.cpus_outside, elsewhere);
	kt_reservoir_add(&part.wakes, 123);
	kt_meter_iteration(&meter);
	kt_meter_absorb(&meter, &part);
	kt_meter_end(&meter, 1, KTSTR_WORK_schbench, 0);
	const struct kt_work_report *r = &meter.r;
	cr_expect_eq(r->work_units, 11);
	cr_expect_eq(r->iterations, 4);
	cr_expect(r->cpu_ns >= 5 * KT_NS_PER_S && r->cpu_ns < 6 * KT_NS_PER_S);
	cr_expect_geq(r->run_delay_ns, 6 * KT_NS_PER_S);
	cr_expect_geq(r->picks, 7);
	cr_expect_eq(r->gap_ns, 80 * KT_NS_PER_S);
	cr_expect_eq(r->gap_cpu, 2);
	cr_expect_eq(r->migrations, 8);
	cr_expect_eq(r->outside, 9);
	cr_expect(
		kt_cpus_has(&r->cpus_used, elsewhere) && kt_cpus_has(&r->cpus_outside, elsewhere));
	cr_expect_eq(kt_cpus_count(&r->cpus_used), 2);
	cr_expect_eq(r->wakes, 1);
	kt_meter_done(&part);
	free(slot);
}

/* The gap of a worker that was last seen, frozen and thawed so many seconds ago. */
static uint64_t gap_after(uint64_t last_s, uint64_t frozen_s, uint64_t thawed_s)
{
	uint64_t now = kt_now_ns();
	meter.last_ns = now - last_s * KT_NS_PER_S;
	atomic_store(&shared->frozen_at_ns, now - frozen_s * KT_NS_PER_S);
	atomic_store(&shared->thawed_at_ns, now - thawed_s * KT_NS_PER_S);
	kt_meter_unit_yielded(&meter);
	return meter.r.gap_ns;
}

Test(telemetry, the_time_in_which_its_cgroup_was_frozen_is_no_gap)
{
	uint64_t gap_ns = gap_after(50, 45, 5);
	cr_expect_geq(gap_ns, 10 * KT_NS_PER_S, "before and after it counts");
	cr_expect_lt(gap_ns, 45 * KT_NS_PER_S);
}

Test(telemetry, a_freeze_that_was_over_before_excuses_nothing)
{
	cr_expect_geq(gap_after(10, 40, 20), 10 * KT_NS_PER_S);
}

Test(telemetry, a_thaw_that_nobody_has_told_of_yet_lasts_until_now)
{
	meter.last_ns = kt_now_ns() - 50 * KT_NS_PER_S;
	atomic_store(&shared->frozen_at_ns, meter.last_ns + KT_NS_PER_S);
	kt_meter_unit_yielded(&meter);
	cr_expect_geq(meter.r.gap_ns, KT_NS_PER_S);
	cr_expect_lt(meter.r.gap_ns, 40 * KT_NS_PER_S);
}
