// SPDX-License-Identifier: GPL-2.0-only
/* The meter alone, in this process: what counts as a gap, as outside, as a wake. */
#include <criterion/criterion.h>
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
	munmap(meter.samples, KT_METER_SAMPLES * sizeof(*meter.samples));
	close(meter.schedstat_fd);
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
	cr_expect_eq(meter.r.wakes, 1);
}

Test(telemetry, oversleeping_is_a_gap_and_a_wake_latency)
{
	meter.last_ns = kt_now_ns() - 50 * KT_NS_PER_S;
	kt_meter_woke(&meter, kt_now_ns() - 20 * KT_NS_PER_S);
	cr_expect_geq(meter.r.gap_ns, 20 * KT_NS_PER_S);
	cr_expect_lt(meter.r.gap_ns, 50 * KT_NS_PER_S);
	cr_expect_geq(meter.r.wake_max_ns, 20 * KT_NS_PER_S);
}

Test(telemetry, a_sleep_cut_short_is_neither)
{
	meter.last_ns = kt_now_ns();
	kt_meter_woke(&meter, kt_now_ns() + 3600 * KT_NS_PER_S);
	cr_expect_eq(meter.r.gap_ns, 0);
	cr_expect_eq(meter.r.wakes, 0);
}

Test(telemetry, a_gap_ends_at_the_stop)
{
	meter.last_ns = kt_now_ns() - 10 * KT_NS_PER_S;
	atomic_store(&shared->stopped_at_ns, meter.last_ns + 2 * KT_NS_PER_S);
	kt_meter_end(&meter, 1, 1);
	cr_expect_eq(shared->slots[0].report.gap_ns, 2 * KT_NS_PER_S);
}

Test(telemetry, silence_before_the_end_is_a_gap)
{
	meter.last_ns = kt_now_ns() - 10 * KT_NS_PER_S;
	kt_meter_end(&meter, 1, 1);
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

Test(telemetry, quantiles_of_few_samples_are_exact)
{
	for (uint64_t ns = 100; ns >= 1; ns--)
		kt_meter_sample(&meter, ns);
	kt_meter_end(&meter, 1, 1);
	const struct kt_work_report *r = &shared->slots[0].report;
	cr_expect_eq(r->wakes, 100);
	cr_expect_eq(r->wake_p50_ns, 50);
	cr_expect_eq(r->wake_p99_ns, 99);
	cr_expect_eq(r->wake_max_ns, 100);
}

Test(telemetry, beyond_its_room_the_reservoir_stays_fair_and_repeatable)
{
	uint64_t p50[2];
	for (int round = 0; round < 2; round++) {
		meter.seed = 77;
		meter.r.wakes = 0;
		for (uint64_t ns = 0; ns < 5 * KT_METER_SAMPLES; ns++)
			kt_meter_sample(&meter, ns);
		p50[round] = kt_meter_select(meter.samples, KT_METER_SAMPLES, KT_METER_SAMPLES / 2);
	}
	cr_expect_eq(meter.r.wakes, 5 * KT_METER_SAMPLES);
	cr_expect_eq(p50[0], p50[1]);
	cr_expect(p50[0] > 240000 && p50[0] < 260000, "median %lu", (unsigned long)p50[0]);
}

Test(telemetry, select_finds_every_rank_with_equal_values_too)
{
	uint64_t one[] = {9};
	cr_expect_eq(kt_meter_select(one, 1, 0), 9);
	for (uint64_t rank = 0; rank < 8; rank++) {
		uint64_t values[] = {5, 1, 5, 3, 3, 8, 0, 5};
		const uint64_t sorted[] = {0, 1, 3, 3, 5, 5, 5, 8};
		cr_expect_eq(kt_meter_select(values, 8, rank), sorted[rank]);
	}
}

Test(telemetry, the_checksum_covers_every_number)
{
	kt_meter_end(&meter, 1, 1);
	struct kt_work_report r = shared->slots[0].report;
	cr_expect_eq(r.checksum, kt_work_report_checksum(&r));
	r.wake_max_ns++;
	cr_expect_neq(r.checksum, kt_work_report_checksum(&r));
}
