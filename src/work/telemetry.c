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
#include <sys/mman.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

#define COST_SHARE 100u /* a checkpoint may cost 1/100 of the units between two */
#define EVERY_MAX  65536u
#define CPU_NONE   (-1)

static uint64_t run_delay_ns(const struct kt_meter *m)
{
	char text[96];
	ssize_t n = m->schedstat_fd < 0 ? -1 : pread(m->schedstat_fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	const char *second = strchr(text, ' ');
	return second ? strtoull(second, NULL, 10) : 0;
}

/* Gaps end at the stop: what a worker waits afterwards is not part of the test. */
static uint64_t clamp_to_stop(const struct kt_meter *m, uint64_t ns)
{
	uint64_t stop = atomic_load(&m->shared->stopped_at_ns);
	return stop ? KT_MIN(ns, stop) : ns;
}

static void note_gap(struct kt_meter *m, uint64_t from_ns, uint64_t to_ns)
{
	if (to_ns <= from_ns || to_ns - from_ns <= m->r.gap_ns)
		return;
	to_ns = clamp_to_stop(m, to_ns);
	if (to_ns <= from_ns || to_ns - from_ns <= m->r.gap_ns)
		return;
	m->r.gap_ns = to_ns - from_ns;
	m->r.gap_at_ns = to_ns - atomic_load(&m->shared->opened_at_ns);
	m->r.gap_cpu = m->cpu < 0 ? 0 : (uint64_t)m->cpu;
}

static void note_outside(struct kt_meter *m, unsigned cpu)
{
	m->r.outside++;
	kt_cpus_add(&m->r.cpus_outside, cpu);
}

/* Where am I, and may I? Judged only when the answer to "may I" cannot have changed between. */
static void note_cpu(struct kt_meter *m)
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

	if (cpu != m->cpu) {
		m->r.migrations += m->cpu != CPU_NONE;
		kt_cpus_add(&m->r.cpus_used, (unsigned)cpu);
		m->cpu = cpu;
	}
	if (!allowed && before == after && before % 2 == 0)
		note_outside(m, (unsigned)cpu);
}

static void checkpoint(struct kt_meter *m, uint64_t progress_from_ns, uint64_t now)
{
	note_cpu(m);
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

void kt_meter_iteration(struct kt_meter *m)
{
	m->r.iterations++;
	atomic_store_explicit(&m->slot->iterations, m->r.iterations, memory_order_relaxed);
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
		kt_meter_sample(m, now - due_ns);
}

static uint64_t xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void kt_meter_sample(struct kt_meter *m, uint64_t ns)
{
	uint64_t seen = m->r.wakes++;
	uint64_t at = seen < KT_METER_SAMPLES ? seen : xorshift(&m->seed) % (seen + 1);
	if (at < KT_METER_SAMPLES && m->samples)
		m->samples[at] = ns;
	m->r.wake_max_ns = KT_MAX(m->r.wake_max_ns, ns);
}

static void swap(uint64_t *a, uint64_t *b)
{
	uint64_t t = *a;
	*a = *b;
	*b = t;
}

/* Quickselect, because qsort may allocate and a forked child should not. */
uint64_t kt_meter_select(uint64_t *values, uint64_t count, uint64_t rank)
{
	uint64_t low = 0, high = count - 1;
	while (low < high) {
		uint64_t pivot = values[low + (high - low) / 2], i = low, j = high;
		for (;; i++, j--) {
			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i >= j)
				break;
			swap(&values[i], &values[j]);
		}
		if (rank <= j)
			high = j;
		else
			low = j + 1;
	}
	return values[rank];
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
		.seed = seed,
	};
	void *p = mmap(NULL, KT_METER_SAMPLES * sizeof(*m->samples), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	m->samples = p == MAP_FAILED ? NULL : p;
	m->schedstat_fd = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
	/* Before the gate, so that waiting for the first turn after it counts. */
	m->run_delay_base_ns = run_delay_ns(m);
	m->cpu_base_ns = kt_thread_cpu_ns();
}

void kt_meter_begin(struct kt_meter *m)
{
	m->last_ns = atomic_load(&m->shared->opened_at_ns);
}

static void note_quantiles(struct kt_meter *m)
{
	uint64_t n = KT_MIN(m->r.wakes, KT_METER_SAMPLES);
	if (!n || !m->samples)
		return;
	m->r.wake_p50_ns = kt_meter_select(m->samples, n, (n - 1) / 2);
	m->r.wake_p99_ns = kt_meter_select(m->samples, n, (n * 99 + 99) / 100 - 1);
}

void kt_meter_end(struct kt_meter *m, uint32_t pid, uint32_t kind)
{
	struct kt_work_report *r = &m->r;
	note_gap(m, m->last_ns, kt_now_ns());
	r->cpu_ns = kt_thread_cpu_ns() - m->cpu_base_ns;
	uint64_t run_delay = run_delay_ns(m);
	r->run_delay_ns = run_delay - KT_MIN(run_delay, m->run_delay_base_ns);
	note_quantiles(m);
	r->magic = KT_WORK_REPORT_MAGIC;
	r->pid = pid;
	r->kind = kind;
	r->checksum = kt_work_report_checksum(r);
	m->slot->report = *r;
}
