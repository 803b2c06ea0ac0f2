/* SPDX-License-Identifier: GPL-2.0-only */
/* What one worker did: the hand-off from the workers to checks and reports. Plain data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ktstr/work.h>

#include "base/cpumask.h"

#define KT_WORK_NAME_BYTES 128
#define KT_WORK_EXIT_BYTES 96

/*
 * The exit_text of a worker that never answered the stop. Its work_units, iterations and gap
 * (open at the stop) are then what its live counters said; nothing else of it is known.
 */
#define KT_WORK_TIMED_OUT "timed out"

struct kt_work_result {
	char cgroup[KT_WORK_NAME_BYTES]; /* where it ran last; "" is the cgroup of the harness */
	uint16_t phase;			 /* the phase in which it was started */
	uint16_t group;			 /* which work of its cgroup, from 0 */
	uint16_t index;			 /* which worker of its group, from 0 */
	enum ktstr_work_kind kind;

	bool completed;			    /* it reported by itself, in time */
	char exit_text[KT_WORK_EXIT_BYTES]; /* else how it ended: "killed by SIGSEGV", "timed out"
					     */

	uint64_t work_units; /* loops of the kind; 0 is a starved worker */
	uint64_t iterations;
	uint64_t wall_ns; /* from the gate's opening to the stop */
	uint64_t cpu_ns;
	uint64_t run_delay_ns; /* waiting on a run queue, from schedstat */
	uint64_t gap_ns;       /* the longest time with nothing done; a sleep it wanted is none */
	uint32_t gap_cpu;
	uint64_t gap_at_ns; /* when it ended, from the gate's opening */
	uint64_t migrations;
	struct kt_cpus cpus_used;

	bool confined;		     /* its cgroup had a cpuset when it stopped */
	struct kt_cpus cpus_allowed; /* that cpuset */
	struct kt_cpus cpus_outside; /* CPUs it was seen on while they were not allowed */
	uint64_t outside;	     /* how often */

	uint64_t wakes; /* wake latencies measured; the quantiles are of a reservoir of them */
	uint64_t wake_p50_ns, wake_p99_ns, wake_max_ns;
};
