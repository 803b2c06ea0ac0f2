// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worker's meter. A checkpoint reads the clock and the CPU number, both without a system
 * call; how many units lie between two of them is learned from the cheapest unit seen, so
 * that being preempted does not make checkpoints rarer.
 */
#include "work/telemetry.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

#define COST_SHARE 100u /* a checkpoint may cost 1/100 of the units between two */
#define EVERY_MAX  65536u
#define CPU_NONE   (-1)

struct schedstat {
	uint64_t run_delay_ns, picks;
};

static bool read_schedstat(const struct kt_meter *m, struct schedstat *ret)
{
	char text[96];
	ssize_t n = m->schedstat_fd < 0 ? -1 : pread(m->schedstat_fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return false;
	text[n] = '\0';
	char *at = text;
	(void)strtoull(at, &at, 10); /* the CPU time, which a clock says too */
	ret->run_delay_ns = strtoull(at, &at, 10);
	ret->picks = strtoull(at, &at, 10);
	return true;
}

/* Gaps end at the stop: what a worker waits afterwards is not part of the test. */
static uint64_t clamp_to_stop(const struct kt_meter *m, uint64_t ns)
{
	uint64_t stop = atomic_load(&m->shared->stopped_at_ns);
	return stop ? KT_MIN(ns, stop) : ns;
}

/* How much of that time its cgroup was frozen: by the test, so it is no gap. */
static uint64_t frozen_within(const struct kt_meter *m, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t frozen = atomic_load(&m->shared->frozen_at_ns);
	uint64_t thawed = atomic_load(&m->shared->thawed_at_ns);
	if (!frozen)
		return 0;
	/* Thawed, but nobody has said so yet. */
	if (thawed < frozen)
		thawed = to_ns;
	frozen = KT_MAX(frozen, from_ns);
	thawed = KT_MIN(thawed, to_ns);
	return thawed > frozen ? thawed - frozen : 0;
}

static void note_gap(struct kt_meter *m, uint64_t from_ns, uint64_t to_ns)
{
	if (to_ns <= from_ns || to_ns - from_ns <= m->r.gap_ns)
		return;
	to_ns = clamp_to_stop(m, to_ns);
	if (to_ns <= from_ns)
		return;
	uint64_t gap_ns = to_ns - from_ns - frozen_within(m, from_ns, to_ns);
	if (gap_ns <= m->r.gap_ns)
		return;
	m->r.gap_ns = gap_ns;
	m->r.gap_at_ns = to_ns - atomic_load(&m->shared->opened_at_ns);
	m->r.gap_cpu = m->cpu < 0 ? 0 : (uint64_t)m->cpu;
}

static void note_outside(struct kt_meter *m, unsigned cpu)
{
	m->r.outside++;
	kt_cpus_add(&m->r.cpus_outside, cpu);
}

static void note_move(struct kt_meter *m, int cpu, uint64_t now)
{
	uint64_t opened = atomic_load(&m->shared->opened_at_ns);
	if (m->cpu != CPU_NONE && m->r.migrations < KT_WORK_MOVES_MAX)
		m->r.moves[m->r.migrations] = (struct kt_work_move){
			.at_ms = (uint32_t)((now - opened) / KT_NS_PER_MS),
			.from = (uint16_t)m->cpu,
			.to = (uint16_t)cpu,
		};
	m->r.migrations += m->cpu != CPU_NONE;
	kt_cpus_add(&m->r.cpus_used, (unsigned)cpu);
	m->cpu = cpu;
}

/* Where am I, and may I? Judged only when the answer to "may I" cannot have changed between. */
static void note_cpu(struct kt_meter *m, uint64_t now)
{
	const struct kt_work_shared *s = m->shared;
	uint32_t before = atomic_load(&s->epoch);
	int cpu = sched_getcpu();
	if (cpu < 0 || (unsigned)cpu >= KT_CPUS_MAX)
		return;
	unsigned bits = 8 * sizeof(unsigned long);
	unsigned long word = atomic_load(&s->allowed[(unsigned)cpu / bits]);
	bool allowed = !atomic_load(&s->confined) || (word >> ((unsigned)cpu % bits) & 1);
	uint32_t after = atomic_load(&s->epoch);

	if (cpu != m->cpu)
		note_move(m, cpu, now);
	if (!allowed && before == after && before % 2 == 0)
		note_outside(m, (unsigned)cpu);
}

static void checkpoint(struct kt_meter *m, uint64_t progress_from_ns, uint64_t now)
{
	note_cpu(m, now);
	note_gap(m, progress_from_ns, now);
	m->last_ns = now;
	m->since = 0;
	atomic_store_explicit(&m->slot->work_units, m->r.work_units, memory_order_relaxed);
	atomic_store_explicit(&m->slot->progress_ns, now, memory_order_relaxed);
}

void kt_meter_checkpoint_due(struct kt_meter *m)
{
	uint64_t now = kt_now_ns();
	uint64_t unit_ns = KT_MAX((now - m->last_ns) / m->since, 1u);
	m->unit_ns = KT_MIN(m->unit_ns, unit_ns);
	m->every = KT_MIN(COST_SHARE * m->cost_ns / m->unit_ns + 1, EVERY_MAX);
	checkpoint(m, m->last_ns, now);
}

void kt_meter_unit_yielded(struct kt_meter *m)
{
	m->r.work_units++;
	checkpoint(m, m->last_ns, kt_now_ns());
}

static void time_iteration(struct kt_meter *m)
{
	bool timed = m->timed_from_ns;
	if (!timed && ++m->untimed < m->time_every)
		return;
	uint64_t now = kt_now_ns();
	if (timed && !atomic_load(&m->shared->stopped_at_ns)) {
		uint64_t cost_ns = now - m->timed_from_ns;
		kt_reservoir_add(&m->costs, cost_ns);
		m->iteration_ns = KT_MIN(m->iteration_ns, KT_MAX(cost_ns, 1u));
		m->time_every =
			KT_MIN(COST_SHARE * m->cost_ns * 2 / m->iteration_ns + 1, EVERY_MAX);
	}
	/* The end of one that was timed begins the next only when all of them are. */
	m->untimed = timed;
	m->timed_from_ns = timed && m->time_every > 1 ? 0 : now;
}

void kt_meter_iteration(struct kt_meter *m)
{
	m->r.iterations++;
	atomic_store_explicit(&m->slot->iterations, m->r.iterations, memory_order_relaxed);
	if (m->times)
		time_iteration(m);
}

uint64_t kt_meter_rest(struct kt_meter *m)
{
	uint64_t now = kt_now_ns();
	checkpoint(m, m->last_ns, now);
	return now;
}

void kt_meter_woke(struct kt_meter *m, uint64_t due_ns)
{
	uint64_t now = kt_now_ns();
	checkpoint(m, KT_MIN(due_ns, now), now);
	if (now >= due_ns && !atomic_load(&m->shared->stopped_at_ns))
		kt_reservoir_add(&m->wakes, now - due_ns);
}

void kt_meter_sample(struct kt_meter *m, uint64_t ns)
{
	kt_reservoir_add(&m->wakes, ns);
}

void kt_meter_timer(struct kt_meter *m, uint64_t late_ns)
{
	if (!atomic_load(&m->shared->stopped_at_ns))
		kt_reservoir_add(&m->timers, late_ns);
}

void kt_meter_region(struct kt_meter *m, void *at, size_t bytes)
{
	if (m->region_count == KT_METER_REGIONS)
		return;
	m->regions[m->region_count].at = at;
	m->regions[m->region_count++].bytes = bytes;
}

uint64_t kt_work_report_checksum(const struct kt_work_report *r)
{
	return kt_hash64(r, offsetof(struct kt_work_report, checksum));
}

/* The least time of a few tries: one of them ran without being disturbed. */
static uint64_t measure_cost(void)
{
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < 16; i++) {
		uint64_t before = kt_now_ns();
		(void)sched_getcpu(); /* only its time is wanted */
		least = KT_MIN(least, kt_now_ns() - before);
	}
	return least;
}

void kt_meter_init(struct kt_meter *m, const struct kt_work_shared *shared,
	struct kt_work_slot *slot, uint64_t seed)
{
	*m = (struct kt_meter){
		.shared = shared,
		.slot = slot,
		.cpu = CPU_NONE,
		.every = 1,
		.cost_ns = measure_cost(),
		.unit_ns = UINT64_MAX,
		.time_every = 1,
		.iteration_ns = UINT64_MAX,
	};
	kt_reservoir_init(&m->wakes, seed);
	kt_reservoir_init(&m->costs, seed);
	kt_reservoir_init(&m->timers, seed);
	/* Of the thread, and opened while it may be: who gives up root may not any more. */
	m->schedstat_fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	kt_meter_base(m);
}

void kt_meter_base(struct kt_meter *m)
{
	struct schedstat now = {0};
	m->r.has_picks = read_schedstat(m, &now);
	m->run_delay_base_ns = now.run_delay_ns;
	m->picks_base = now.picks;
	m->cpu_base_ns = kt_thread_cpu_ns();
}

void kt_meter_begin(struct kt_meter *m)
{
	m->last_ns = atomic_load(&m->shared->opened_at_ns);
}

static void note_latencies(struct kt_meter *m)
{
	struct kt_work_report *r = &m->r;
	struct kt_reservoir_sum wakes = kt_reservoir_sum(&m->wakes);
	struct kt_reservoir_sum costs = kt_reservoir_sum(&m->costs);
	struct kt_reservoir_sum timers = kt_reservoir_sum(&m->timers);
	r->wakes = wakes.count;
	r->wake_p50_ns = wakes.p50_ns;
	r->wake_p99_ns = wakes.p99_ns;
	r->wake_max_ns = wakes.max_ns;
	r->wake_mean_ns = wakes.mean_ns;
	r->wake_sd_ns = wakes.sd_ns;
	r->costs = costs.count;
	r->cost_p50_ns = costs.p50_ns;
	r->cost_p99_ns = costs.p99_ns;
	r->cost_max_ns = costs.max_ns;
	r->timers = timers.count;
	r->timer_p50_ns = timers.p50_ns;
	r->timer_p99_ns = timers.p99_ns;
	r->timer_max_ns = timers.max_ns;
}

static void note_kernel(struct kt_meter *m)
{
	struct kt_work_report *r = &m->r;
	struct schedstat now = {0};
	r->cpu_ns += kt_thread_cpu_ns() - m->cpu_base_ns;
	r->has_picks = read_schedstat(m, &now) && r->has_picks;
	r->run_delay_ns += now.run_delay_ns - KT_MIN(now.run_delay_ns, m->run_delay_base_ns);
	r->picks += now.picks - KT_MIN(now.picks, m->picks_base);
}

static void note_pages(struct kt_meter *m)
{
	m->r.has_pages = m->region_count > 0;
	for (unsigned i = 0; i < m->region_count; i++)
		m->r.has_pages &= kt_pages_count(m->regions[i].at, m->regions[i].bytes, m->r.pages);
}

void kt_meter_end(struct kt_meter *m, uint32_t pid, uint32_t kind, unsigned index)
{
	struct kt_work_report *r = &m->r;
	note_gap(m, m->last_ns, kt_now_ns());
	note_kernel(m);
	note_pages(m);
	note_latencies(m);
	r->magic = KT_WORK_REPORT_MAGIC;
	r->pid = pid;
	r->kind = kind;
	r->index = index;
	r->checksum = kt_work_report_checksum(r);
	m->slot->report = *r;
}

void kt_meter_absorb(struct kt_meter *m, const struct kt_meter *part)
{
	struct kt_work_report *r = &m->r;
	const struct kt_work_report *p = &part->r;
	r->work_units += p->work_units;
	r->iterations += p->iterations;
	r->cpu_ns += p->cpu_ns;
	r->run_delay_ns += p->run_delay_ns;
	r->picks += p->picks;
	r->has_picks = r->has_picks && p->has_picks;
	r->migrations += p->migrations;
	r->outside += p->outside;
	r->cpus_used = kt_cpus_or(&r->cpus_used, &p->cpus_used);
	r->cpus_outside = kt_cpus_or(&r->cpus_outside, &p->cpus_outside);
	if (p->gap_ns > r->gap_ns) {
		r->gap_ns = p->gap_ns;
		r->gap_at_ns = p->gap_at_ns;
		r->gap_cpu = p->gap_cpu;
	}
	kt_reservoir_merge(&m->wakes, &part->wakes);
}

void kt_meter_done(struct kt_meter *m)
{
	kt_reservoir_done(&m->wakes);
	kt_reservoir_done(&m->costs);
	kt_reservoir_done(&m->timers);
	if (m->schedstat_fd >= 0)
		close(m->schedstat_fd);
	m->schedstat_fd = -1;
}
