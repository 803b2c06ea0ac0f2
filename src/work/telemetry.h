/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a worker notes about itself while it works: progress, the longest time without any,
 * CPUs, migrations, wake latencies. Lives in the worker's own memory and goes into the shared
 * slot once, at the end; only the live counters are shared earlier.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "work/reservoir.h"
#include "work/shared.h"

#define KT_METER_REGIONS 8u /* pieces of memory whose pages are counted */

struct kt_meter {
	const struct kt_work_shared *shared;
	struct kt_work_slot *slot;
	struct kt_work_report r;

	uint64_t last_ns; /* the last checkpoint */
	int cpu;	  /* there; -1 before the first */
	uint64_t since;	  /* units since the last checkpoint */
	uint64_t every;	  /* units between checkpoints, so that they cost below 1 % */
	uint64_t cost_ns; /* of one checkpoint */
	uint64_t unit_ns; /* of one unit, the least seen */

	struct kt_reservoir wakes, costs, timers;

	bool times;		/* the kind only computes: now and then an iteration is timed */
	uint64_t timed_from_ns; /* this one, since then; 0: it is not */
	uint64_t untimed;	/* iterations since the last that was */
	uint64_t time_every;	/* so that timing costs below 1 % too */
	uint64_t iteration_ns;	/* of one iteration, the least seen */

	struct {
		void *at;
		size_t bytes;
	} regions[KT_METER_REGIONS];
	unsigned region_count;

	int schedstat_fd;
	uint64_t cpu_base_ns, run_delay_base_ns, picks_base;
};

/* Before the worker sets itself up: buffers and files. SEED is never 0. */
void kt_meter_init(struct kt_meter *m, const struct kt_work_shared *shared,
	struct kt_work_slot *slot, uint64_t seed);
/* Right before the gate: the base of what the kernel counts. */
void kt_meter_base(struct kt_meter *m);
/* After the gate: waiting since it opened counts as a gap. */
void kt_meter_begin(struct kt_meter *m);

/* One unit of work that cannot sleep is done; a checkpoint now and then. */
static inline void kt_meter_unit(struct kt_meter *m);
/* One unit in which another task may have run is done; always a checkpoint. */
void kt_meter_unit_yielded(struct kt_meter *m);
/* One whole round of the kind is done. */
void kt_meter_iteration(struct kt_meter *m);
/* The worker goes to sleep on purpose. Returns the time. */
uint64_t kt_meter_rest(struct kt_meter *m);
/* It woke and wanted to at DUE_NS: only what is beyond is a gap and a wake latency. */
void kt_meter_woke(struct kt_meter *m, uint64_t due_ns);

/* A wake latency that the kind measured itself. */
void kt_meter_sample(struct kt_meter *m, uint64_t ns);
/* A timer of the kind's own came LATE_NS after its absolute time. */
void kt_meter_timer(struct kt_meter *m, uint64_t late_ns);
/* Memory of the worker's own, mapped until the end, whose pages are to be counted by node. */
void kt_meter_region(struct kt_meter *m, void *at, size_t bytes);
/* After the last unit: fill the report and put it into the slot. */
void kt_meter_end(struct kt_meter *m, uint32_t pid, uint32_t kind, unsigned index);

/*
 * Between the two, of a worker with threads of its own: add what PART, the meter of one of them,
 * has noted; it has been ended. Which CPUs it went between is not kept.
 */
void kt_meter_absorb(struct kt_meter *m, const struct kt_meter *part);

/* What init has made is given back; for threads. */
void kt_meter_done(struct kt_meter *m);
uint64_t kt_work_report_checksum(const struct kt_work_report *r);

void kt_meter_checkpoint_due(struct kt_meter *m);

static inline void kt_meter_unit(struct kt_meter *m)
{
	m->r.work_units++;
	if (++m->since >= m->every)
		kt_meter_checkpoint_due(m);
}
