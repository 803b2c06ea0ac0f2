/* SPDX-License-Identifier: GPL-2.0-only */
/* What one worker did: the hand-off from the workers to checks and reports. Plain data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ktstr/work.h>

#include "base/cpumask.h"
#include "work/metric.h"

#define KT_WORK_NAME_BYTES 128
#define KT_WORK_EXIT_BYTES 96
#define KT_WORK_TEXT_BYTES 256 /* of the texts below */

/*
 * The exit_text of a worker that never answered the stop. Its work_units, iterations and gap
 * (open at the stop) are then what its live counters said; nothing else of it is known.
 */
#define KT_WORK_TIMED_OUT "timed out"

/* Which figures were measured at all: without its bit a 0 says nothing. */
#define KT_WORK_HAS_PICKS    (1u << 0)
#define KT_WORK_HAS_PAGES    (1u << 1) /* pages_total, _expected, _slow, _by_node */
#define KT_WORK_HAS_MIGRATED (1u << 2) /* pages_migrated */

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
	uint64_t cpu_ns; /* of all its threads: above wall_ns for schbench and taobench */
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
	uint64_t wake_mean_ns, wake_sd_ns; /* of all, not only of the reservoir */

	uint64_t costs; /* timed iterations of a kind that only computes; 0: none were timed */
	uint64_t cost_p50_ns, cost_p99_ns, cost_max_ns;
	uint64_t timers; /* of a kind that sleeps until absolute times: how late it was */
	uint64_t timer_p50_ns, timer_p99_ns, timer_max_ns;

	uint32_t measured; /* bits of KT_WORK_HAS_ */
	uint64_t picks;	   /* how often the kernel picked it to run, from schedstat */
	uint64_t pages_total, pages_expected;	  /* of its memory; on the nodes where it belongs */
	uint64_t pages_slow;			  /* on nodes without CPUs */
	uint64_t pages_migrated;		  /* of the whole machine, while the group worked */
	char pages_by_node[KT_WORK_TEXT_BYTES];	  /* "0:1024 1:12" */
	char migrations_text[KT_WORK_TEXT_BYTES]; /* the first: "0>1@12ms 1>0@15ms" */

	/* What could not be set although it was asked for; the worker ran all the same. */
	int affinity_error, policy_error, other_error; /* errno; 0: as asked */
	char setup_text[KT_WORK_TEXT_BYTES];	       /* all of it in words; "" is nothing */

	struct kt_work_metric *metrics; /* of kinds that have some; owned by kt_work_results */
	size_t metric_count;
};
