// SPDX-License-Identifier: GPL-2.0-only
/* Threads of one worker: their work is the worker's, they hear its stop, they end. */
#include "unit/work/solo.h"
#include "work/crew.h"

#define THREADS 3

static void spin_and_sleep(struct kt_worker *w)
{
	while (!kt_worker_stopped(w)) {
		if (!kt_worker_spin(w, KT_WORK_CHUNK))
			return;
		kt_worker_sleep(w, 100000);
		kt_meter_iteration(&w->meter);
	}
}

static struct solo *owner(void)
{
	return solo_new((struct ktstr_work){.kind = KTSTR_WORK_spin_wait});
}

static bool all_have_worked(const struct kt_crew *crew)
{
	for (unsigned i = 0; i < crew->count; i++)
		if (!atomic_load(&crew->members[i].slot.iterations))
			return false;
	return true;
}

Test(crew, what_members_do_is_the_owners_work)
{
	struct solo *s = owner();
	struct kt_crew crew = {0};
	cr_assert(kt_crew_start(&crew, &s->w, THREADS, spin_and_sleep));
	until((kt_crew_watch(&crew, &s->w),
		atomic_load(&s->w.slot->iterations) >= 100 && all_have_worked(&crew)));
	cr_expect_gt(atomic_load(&s->w.slot->progress_ns), 0);
	cr_assert(kt_crew_stop(&crew, &s->w));
	uint64_t iterations = 0, wakes = 0;
	for (int i = 0; i < THREADS; i++) {
		const struct kt_work_report *r = &crew.members[i].w.meter.r;
		cr_expect_gt(r->iterations, 0, "member %d", i);
		cr_expect_gt(r->cpu_ns, 0);
		iterations += r->iterations;
		wakes += r->wakes;
	}
	cr_expect_eq(s->w.meter.r.iterations, iterations);
	cr_expect_geq(s->w.meter.r.work_units, iterations);
	kt_crew_done(&crew);
	solo_stop(s);
	cr_expect_eq(s->w.slot->report.iterations, iterations);
	cr_expect_eq(s->w.slot->report.wakes, wakes);
	cr_expect_gt(kt_cpus_count(&s->w.slot->report.cpus_used), 0);
	solo_free(s);
}

Test(crew, members_have_random_numbers_of_their_own)
{
	struct solo *s = owner();
	struct kt_crew crew = {0};
	cr_assert(kt_crew_start(&crew, &s->w, 2, spin_and_sleep));
	cr_expect_neq(crew.members[0].w.seed, crew.members[1].w.seed);
	cr_expect_eq(crew.members[1].w.index, 1);
	cr_assert(kt_crew_stop(&crew, &s->w));
	kt_crew_done(&crew);
	solo_free(s);
}

static _Atomic uint32_t word;
static kt_stamp stamp;
static _Atomic unsigned taken;

static void take(struct kt_worker *w)
{
	while (kt_crew_take(w, &word, &stamp))
		atomic_fetch_add(&taken, 1);
}

Test(crew, each_post_is_taken_once)
{
	struct solo *s = owner();
	struct kt_crew crew = {0};
	cr_assert(kt_crew_start(&crew, &s->w, THREADS, take));
	for (int i = 0; i < 1000; i++)
		kt_crew_post(&word, &stamp);
	until(atomic_load(&taken) >= 1000);
	cr_assert(kt_crew_stop(&crew, &s->w)); /* they sleep, and hear it */
	cr_expect_eq(atomic_load(&taken), 1000);
	cr_expect_eq(atomic_load(&word), 0);
	kt_crew_done(&crew);
	solo_free(s);
}

Test(crew, quantiles_become_metrics)
{
	static struct kt_histogram h;
	struct solo *s = owner();
	kt_crew_quantiles(&s->w, "none", &h);
	cr_expect_eq(atomic_load(&s->w.slot->metric_count), 0);
	for (uint64_t us = 1; us <= 1000; us++)
		kt_histogram_add(&h, us * 1000);
	kt_crew_quantiles(&s->w, "wake", &h);
	cr_expect_eq(atomic_load(&s->w.slot->metric_count), 5);
	double p50 = slot_metric(s->w.slot, "wake_p50_us");
	cr_expect(p50 >= 500 && p50 < 512, "%g", p50);
	cr_expect_float_eq(slot_metric(s->w.slot, "wake_max_us"), 1000, 1e-9);
	solo_free(s);
}

static _Atomic uint32_t given_up;

static void stay(struct kt_worker *w)
{
	(void)w;
	while (!atomic_load(&given_up))
		kt_futex_wait(&given_up, 0, kt_deadline_ms(PATIENCE_MS));
}

Test(crew, a_member_that_stays_is_said_and_its_memory_kept)
{
	struct solo *s = owner();
	struct kt_crew crew = {0};
	cr_assert(kt_crew_start(&crew, &s->w, 1, stay));
	cr_expect_not(kt_crew_stop(&crew, &s->w));
	atomic_store(&given_up, 1);
	kt_futex_wake_all(&given_up);
	cr_expect_not_null(strstr(s->w.slot->note, "1 of 1 threads did not stop in time"));
	pthread_join(crew.members[0].thread, NULL);
	kt_crew_done(&crew);
	solo_free(s);
}
