// SPDX-License-Identifier: GPL-2.0-only
/*
 * What steps are made of, without a process: waits end, blocked time is no gap but late running
 * is, random numbers and metrics.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "unit/work/groups.h"
#include "work/step.h"

struct bench {
	struct kt_work_shared *shared;
	struct kt_worker worker;
	_Atomic uint32_t word;
	kt_stamp stamp;
};

static void set_up(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	void *p = mmap(NULL, sizeof(*b->shared) + 2 * sizeof(struct kt_work_slot),
		PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(p, MAP_FAILED);
	b->shared = p;
	b->worker = (struct kt_worker){
		.shared = b->shared, .slot = &b->shared->slots[0], .seed = 5, .random = 5};
	kt_meter_init(&b->worker.meter, b->shared, b->worker.slot, 5);
	atomic_store(&b->shared->opened_at_ns, kt_now_ns());
	kt_meter_begin(&b->worker.meter);
}

#define ASLEEP_MS 60u

/* When it was seen asleep, and a moment before it was woken. */
struct nap {
	struct bench *b;
	pid_t sleeper;
	uint64_t asleep_ns, woken_ns;
};

static void *wake_later(void *arg)
{
	struct nap *nap = arg;
	struct bench *b = nap->b;
	while (atomic_load(&b->worker.slot->progress_ns) != UINT64_MAX || !is_asleep(nap->sleeper))
		kt_sleep_until(kt_now_ns() + KT_NS_PER_MS);
	nap->asleep_ns = kt_now_ns();
	kt_sleep_until(nap->asleep_ns + ASLEEP_MS * KT_NS_PER_MS);
	nap->woken_ns = kt_now_ns();
	kt_worker_wake(&b->word, 1, 1, &b->stamp);
	return NULL;
}

/* Wait for another, with or without its stamp, and have slept for ASLEEP_MS or longer. */
static struct nap take_a_nap(struct bench *b, bool stamped)
{
	struct nap nap = {.b = b, .sleeper = gettid()};
	pthread_t thread;
	set_up(b);
	kt_meter_unit_yielded(&b->worker.meter);
	cr_assert_eq(pthread_create(&thread, NULL, wake_later, &nap), 0);
	cr_expect(kt_worker_await(&b->worker, &b->word, 0, stamped ? &b->stamp : NULL));
	pthread_join(thread, NULL);
	cr_expect_eq(b->worker.meter.wakes.count, 1);
	return nap;
}

/* Not more than all the time but that asleep, whatever the machine did in it. */
static void expect_no_gap(const struct bench *b, const struct nap *nap)
{
	uint64_t all_ns = kt_now_ns() - atomic_load(&b->shared->opened_at_ns);
	cr_expect_leq(b->worker.meter.r.gap_ns, all_ns - (nap->woken_ns - nap->asleep_ns));
}

Test(step, waiting_for_another_is_no_gap_and_its_end_is_a_wake)
{
	struct bench b;
	struct nap nap = take_a_nap(&b, true);
	cr_expect_leq(b.worker.meter.wakes.max_ns, kt_now_ns() - nap.woken_ns);
	expect_no_gap(&b, &nap);
}

Test(step, without_a_stamp_the_whole_sleep_is_the_latency)
{
	struct bench b;
	struct nap nap = take_a_nap(&b, false);
	cr_expect_geq(b.worker.meter.wakes.max_ns, ASLEEP_MS * KT_NS_PER_MS);
	expect_no_gap(&b, &nap);
}

Test(step, what_was_there_before_the_sleep_is_no_wake)
{
	struct bench b;
	set_up(&b);
	kt_worker_wake(&b.word, 1, 1, &b.stamp);
	cr_expect(kt_worker_await(&b.worker, &b.word, 0, &b.stamp));
	cr_expect_eq(b.worker.meter.wakes.count, 0);
	int fds[2];
	cr_assert_eq(pipe(fds), 0);
	char byte = 'a';
	cr_expect(kt_worker_write(&b.worker, fds[1], &byte, 1, &b.stamp));
	cr_expect(kt_worker_read(&b.worker, fds[0], &byte, 1, &b.stamp));
	cr_expect_eq(b.worker.meter.wakes.count, 0);
}

Test(step, running_late_after_a_wake_is_a_gap)
{
	struct bench b;
	set_up(&b);
	uint64_t rest_ns = kt_meter_rest(&b.worker.meter);
	b.worker.meter.r.gap_ns = 0; /* until then */
	kt_sleep_until(rest_ns + 10 * KT_NS_PER_MS);
	atomic_store(&b.stamp, kt_now_ns());
	kt_sleep_until(kt_now_ns() + 30 * KT_NS_PER_MS); /* as if the CPU were not given */
	kt_worker_woken(&b.worker, rest_ns, &b.stamp);
	cr_expect_geq(b.worker.meter.wakes.max_ns, 30 * KT_NS_PER_MS);
	cr_expect_geq(b.worker.meter.r.gap_ns, 30 * KT_NS_PER_MS);
	cr_expect_lt(b.worker.meter.r.gap_ns, kt_now_ns() - rest_ns - 9 * KT_NS_PER_MS);
}

Test(step, a_worker_that_waits_for_others_does_not_count_as_hung)
{
	struct bench b;
	set_up(&b);
	kt_worker_waits(&b.worker);
	cr_expect_eq(atomic_load(&b.worker.slot->progress_ns), UINT64_MAX);
	kt_meter_rest(&b.worker.meter);
	cr_expect_lt(atomic_load(&b.worker.slot->progress_ns), UINT64_MAX);
}

Test(step, a_stop_ends_spins_and_waits)
{
	struct bench b;
	set_up(&b);
	atomic_store(&b.worker.slot->stop, 1);
	cr_expect_not(kt_worker_spin(&b.worker, 1000));
	cr_expect_not(kt_worker_spin_ns(&b.worker, UINT64_MAX / 4));
	cr_expect_not(kt_worker_await(&b.worker, &b.word, 0, &b.stamp));
	cr_expect_eq(b.worker.meter.wakes.count, 0);
}

/* The shortest of many that did a unit, so that a CPU that was taken away does not count. */
static uint64_t least_ns(struct bench *b, bool by_time)
{
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < 200; i++) {
		uint64_t units = b->worker.meter.r.work_units, start = kt_now_ns();
		cr_assert(by_time ? kt_worker_spin_ns(&b->worker, 500)
				  : kt_worker_spin(&b->worker, KT_WORK_CHUNK));
		if (b->worker.meter.r.work_units == units + 1)
			least = KT_MIN(least, kt_now_ns() - start);
	}
	return least;
}

Test(step, a_short_burst_is_a_unit_and_takes_less_than_a_chunk_of_pauses)
{
	struct bench b;
	set_up(&b);
	uint64_t burst_ns = least_ns(&b, true);
	cr_expect_lt(burst_ns, UINT64_MAX / 2);
	cr_expect_lt(2 * burst_ns, least_ns(&b, false));
}

Test(step, random_numbers_are_the_seeds_and_stay_below)
{
	struct bench a, b;
	set_up(&a);
	set_up(&b);
	unsigned seen = 0;
	for (int i = 0; i < 1000; i++) {
		unsigned n = kt_worker_below(&a.worker, 7);
		cr_assert_eq(n, kt_worker_below(&b.worker, 7));
		cr_assert_lt(n, 7);
		seen |= 1u << n;
	}
	cr_expect_eq(seen, 0x7f);
}

Test(step, metrics_are_replaced_by_name_and_bounded)
{
	struct bench b;
	set_up(&b);
	kt_worker_metric(&b.worker, "qps", "1/s", 1);
	kt_worker_metric(&b.worker, "qps", "1/s", 2);
	cr_expect_eq(atomic_load(&b.worker.slot->metric_count), 1);
	cr_expect_eq(b.worker.slot->metrics[0].value, 2);
	for (int i = 0; i < 40; i++) {
		char name[16];
		snprintf(name, sizeof(name), "m%d", i);
		kt_worker_metric(&b.worker, name, "", i);
	}
	cr_expect_eq(atomic_load(&b.worker.slot->metric_count), KT_WORK_METRICS_MAX);
}

Test(step, the_first_note_stays)
{
	struct bench b;
	set_up(&b);
	kt_worker_note(&b.worker, "no %d", 1);
	kt_worker_note(&b.worker, "no %d", 2);
	cr_expect_str_eq(b.worker.slot->note, "no 1");
}

Test(step, cpus_are_those_of_the_kernel)
{
	struct kt_cpus cpus;
	cpu_set_t mine;
	cr_assert(kt_worker_cpus(&cpus));
	cr_assert_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	cr_expect_eq(kt_cpus_count(&cpus), (unsigned)CPU_COUNT(&mine));
}
