/* SPDX-License-Identifier: GPL-2.0-only */
/* Workers as checks and reports speak of them: their names, and sums per cgroup. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "report/outcome.h"
#include "report/verdict.h"

#define KT_WORKERS_WHERE_BYTES 192

/* The cgroup's name, or "the runner" for the harness's own. */
const char *kt_workers_cgroup(const struct kt_work_result *r);
/* "worker 1 of left", with the work's number where the cgroup has several. Returns BUF. */
const char *kt_workers_where(const struct kt_outcome *o, const struct kt_work_result *r,
	char buf[KT_WORKERS_WHERE_BYTES]);
/*
 * Point D at R: phase and name. The name is left out when V takes no more details: nobody
 * would read it, and finding it looks at all workers.
 */
void kt_workers_blame(const struct kt_outcome *o, const struct kt_work_result *r,
	const struct kt_verdict *v, struct kt_verdict_detail *d);
/* It never answered the stop: its live counters are all there is, but they can be judged. */
bool kt_workers_timed_out(const struct kt_work_result *r);

/* What the workers that ended in one cgroup did together. */
struct kt_workers_sum {
	const struct kt_work_result *first; /* its name */
	unsigned workers, incomplete;
	uint64_t iterations, cpu_ns, gap_ns, migrations; /* gap: the longest */
};

/*
 * The sums in order of first appearance. Returns how many were written, or MAX + 1 when there
 * are more cgroups than MAX.
 */
size_t kt_workers_sums(const struct kt_outcome *o, struct kt_workers_sum *sums, size_t max);
