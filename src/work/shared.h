/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a group's owner and its workers share: the gate, the allowed CPUs, and one slot
 * per worker with live counters, its stop word and its final report. Internal to work; the
 * owner trusts nothing in a slot before it has been checked (collect.c).
 */
#pragma once

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cpumask.h"
#include "work/attr.h"
#include "work/metric.h"
#include "work/pages.h"

#define KT_WORK_REPORT_MAGIC 0x6b74776f726b3031ull
#define KT_WORK_NOTE_BYTES   128
#define KT_WORK_CPU_WORDS    (sizeof(struct kt_cpus) / sizeof(unsigned long))
#define KT_WORK_MOVES_MAX    16u /* migrations kept */

/* From one CPU to another, at a time since the gate's opening. */
struct kt_work_move {
	uint32_t at_ms;
	uint16_t from, to;
};

/* Times are nanoseconds; the fields mean what they mean in struct kt_work_result. No padding. */
struct kt_work_report {
	uint64_t magic;
	uint32_t pid; /* of its process */
	uint32_t kind;
	uint64_t index;
	uint64_t work_units, iterations;
	uint64_t cpu_ns, run_delay_ns;
	uint64_t gap_ns, gap_at_ns, gap_cpu;
	uint64_t migrations;
	uint64_t outside;
	uint64_t wakes, wake_p50_ns, wake_p99_ns, wake_max_ns, wake_mean_ns, wake_sd_ns;
	uint64_t costs, cost_p50_ns, cost_p99_ns, cost_max_ns;
	uint64_t timers, timer_p50_ns, timer_p99_ns, timer_max_ns;
	uint64_t has_picks, picks;
	uint64_t has_pages, pages[KT_PAGES_NODES_MAX];
	struct kt_cpus cpus_used, cpus_outside;
	struct kt_work_move moves[KT_WORK_MOVES_MAX]; /* the first of them */
	uint64_t checksum;			      /* kt_hash64 of all that stands before */
};

/* 128 bytes apart, so that neighbours do not share a pair of cache lines. */
struct kt_work_slot {
	_Atomic uint64_t iterations; /* so far */
	_Atomic uint64_t work_units; /* at the last checkpoint */
	/* CLOCK_MONOTONIC of the last checkpoint, or of the end of the sleep it wanted since */
	_Atomic uint64_t progress_ns;
	_Atomic uint32_t stop; /* futex: not 0 asks the worker to report and end */
	_Atomic int32_t tid;   /* of the worker, set when it comes up */
	_Atomic uint32_t attr_errors[KT_ATTR_COUNT]; /* errno of what could not be set */
	struct kt_work_report report;
	/* Of the kind; written before the report, whose checksum does not cover them. */
	_Atomic uint32_t metric_count;
	struct kt_work_metric metrics[KT_WORK_METRICS_MAX];
	char note[KT_WORK_NOTE_BYTES]; /* what the kind could not do as asked; "" is nothing */
} __attribute__((aligned(128)));

struct kt_work_shared {
	uint32_t workers; /* slots; constant */
	/*
	 * Futexes. A worker arrives, waits for placed, sets itself up, is ready, waits for the
	 * gate. arrived and ready are woken by the last that counts them up.
	 */
	_Atomic uint32_t arrived, placed, ready, gate;
	_Atomic uint32_t leader_errno;	/* why the process of threads could not start them */
	_Atomic uint64_t opened_at_ns;	/* CLOCK_MONOTONIC, set before gate */
	_Atomic uint64_t stopped_at_ns; /* set before the stop words; 0 while running */
	/* CLOCK_MONOTONIC of the last freeze and of its end; 0: none. Frozen: the end is older. */
	_Atomic uint64_t frozen_at_ns, thawed_at_ns;
	_Atomic uint32_t epoch;	   /* of the allowed CPUs: odd while they change */
	_Atomic uint32_t confined; /* 0: anywhere is allowed */
	_Atomic unsigned long allowed[KT_WORK_CPU_WORDS];
	struct kt_work_slot slots[];
};

/* Sleep while *WORD is VALUE, until the absolute CLOCK_MONOTONIC deadline or a signal. */
static inline void kt_futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t deadline_ns)
{
	struct timespec at = {
		.tv_sec = (time_t)(deadline_ns / 1000000000u),
		.tv_nsec = (long)(deadline_ns % 1000000000u),
	};
	syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value, &at, NULL, FUTEX_BITSET_MATCH_ANY);
}

static inline void kt_futex_wake_all(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}
