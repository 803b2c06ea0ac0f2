/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An outcome in which all went well, for tests to spoil: sample_test with two cgroups of one
 * and two workers, three seconds long, nothing lost.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "report/judge.h"
#include "report/outcome.h"
#include "report/verdict.h"

#define SAMPLE_WORKERS 3

static const struct ktstr_test sample_plain = {
	.name = "first",
	.file = "samples/01_first.c",
	.line = 7,
	.description = "two cgroups both get their share",
};

static inline void sample_worker(struct kt_outcome *o, const char *cgroup, uint16_t index)
{
	struct kt_work_result r = {
		.phase = 1,
		.index = index,
		.kind = KTSTR_WORK_spin_wait,
		.completed = true,
		.work_units = 3000,
		.iterations = 3000,
		.wall_ns = 3 * KT_NS_PER_S,
		.cpu_ns = 2900 * KT_NS_PER_MS,
		.gap_ns = 12 * KT_NS_PER_MS,
		.gap_cpu = 1,
		.gap_at_ns = 1500 * KT_NS_PER_MS,
		.migrations = 2,
		.cpus_used = kt_cpus_range(0, 1),
		.confined = true,
		.cpus_allowed = kt_cpus_range(0, 1),
		.measured = KT_WORK_HAS_PICKS | KT_WORK_HAS_PAGES | KT_WORK_HAS_MIGRATED,
		.picks = 120,
		.pages_total = 64,
		.pages_expected = 60,
		.pages_migrated = 3,
		.pages_by_node = "0:60 1:4",
		.migrations_text = "0>1@12ms 1>0@15ms",
	};

	snprintf(r.cgroup, sizeof(r.cgroup), "%s", cgroup);
	kt_outcome_add_worker(o, &r);
}

static inline void sample_init(struct kt_outcome *o, const struct ktstr_test *test)
{
	struct kt_stimulus s = {.phase = 1, .at_ms = 20, .cgroups = 2, .groups = 2};

	kt_outcome_init(o, test);
	o->topo = (struct kt_topo){.nodes = 1, .llcs = 2, .cores = 2, .threads = 1};
	o->duration_ms = 3000;
	o->hello = o->ready = o->finished = true;
	o->end = KT_END_RESET;
	o->end_stage = KT_STAGE_SHUTDOWN;
	snprintf(o->topo_asked, sizeof(o->topo_asked), "1n2l2c1t");
	snprintf(o->topo_seen, sizeof(o->topo_seen), "1n2l2c1t");
	kt_outcome_add_phase(o, 0, 0);
	kt_outcome_add_phase(o, 1, 5);
	kt_outcome_add_stimulus(o, &s);
	sample_worker(o, "left", 0);
	sample_worker(o, "right", 0);
	sample_worker(o, "right", 1);
}

static inline void sample_host(struct kt_outcome *o, uint64_t max_ms)
{
	o->vcpu_delay = (struct kt_outcome_delay){.known = true,
		.threads = 4,
		.total_ns = 2 * max_ms * KT_NS_PER_MS,
		.max_ns = max_ms * KT_NS_PER_MS};
}

/* The details of one name. */
static inline unsigned sample_count(const struct kt_verdict *v, const char *name)
{
	unsigned n = 0;

	kt_vec_each(d, &v->details)
		n += !strcmp(d->name, name);
	return n;
}

static inline const struct kt_verdict_detail *sample_find(
	const struct kt_verdict *v, const char *name)
{
	kt_vec_each(d, &v->details)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}
