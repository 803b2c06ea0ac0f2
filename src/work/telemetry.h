/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a worker notes about itself while it works: progress, the longest time without any,
 * CPUs, migrations, wake latencies. Lives in the worker's own memory and goes into the shared
 * slot once, at the end; only the live counters are shared earlier.
 */
#pragma once

#include <stdint.h>

#include "work/shared.h"

#define KT_METER_SAMPLES 100000u /* wake latencies kept; a reservoir beyond */

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

	uint64_t *samples; /* KT_METER_SAMPLES wake latencies */
	uint64_t seed;

	int schedstat_fd;
	uint64_t cpu_base_ns, run_delay_base_ns;
};

/* Before the gate: buffers and the base of what the kernel counts. SEED is never 0. */
void kt_meter_init(struct kt_meter *m, const struct kt_work_shared *shared,
	struct kt_work_slot *slot, uint64_t seed);
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

/* After the last unit: fill the report and put it into the slot. */
void kt_meter_end(struct kt_meter *m, uint32_t pid, uint32_t kind);

/* A latency into the reservoir (algorithm R, deterministic for a seed). */
void kt_meter_sample(struct kt_meter *m, uint64_t ns);
/* The value of RANK (0 is the least) of COUNT values, which are reordered. */
uint64_t kt_meter_select(uint64_t *values, uint64_t count, uint64_t rank);
uint64_t kt_work_report_checksum(const struct kt_work_report *r);

void kt_meter_checkpoint_due(struct kt_meter *m);

static inline void kt_meter_unit(struct kt_meter *m)
{
	m->r.work_units++;
	if (++m->since >= m->every)
		kt_meter_checkpoint_due(m);
}
