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

#define KT_WORK_REPORT_MAGIC 0x6b74776f726b3031ull
#define KT_WORK_CPU_WORDS    (sizeof(struct kt_cpus) / sizeof(unsigned long))

/* Times are nanoseconds; the fields mean what they mean in struct kt_work_result. No padding. */
struct kt_work_report {
	uint64_t magic;
	uint32_t pid;
	uint32_t kind;
	uint64_t work_units, iterations;
	uint64_t cpu_ns, run_delay_ns;
	uint64_t gap_ns, gap_at_ns, gap_cpu;
	uint64_t migrations;
	uint64_t outside;
	uint64_t wakes, wake_p50_ns, wake_p99_ns, wake_max_ns;
	struct kt_cpus cpus_used, cpus_outside;
	uint64_t checksum; /* kt_hash64 of all that stands before */
};

/* 128 bytes apart, so that neighbours do not share a pair of cache lines. */
struct kt_work_slot {
	_Atomic uint64_t iterations; /* so far */
	_Atomic uint64_t work_units; /* at the last checkpoint */
	/* CLOCK_MONOTONIC of the last checkpoint, or of the end of the sleep it wanted since */
	_Atomic uint64_t progress_ns;
	_Atomic uint32_t stop; /* futex: not 0 asks the worker to report and end */
	struct kt_work_report report;
} __attribute__((aligned(128)));

struct kt_work_shared {
	uint32_t workers;	       /* slots; constant */
	_Atomic uint32_t arrived;      /* futex: workers that reached the gate, woken by the last */
	_Atomic uint32_t gate;	       /* futex: not 0 is open */
	_Atomic uint64_t opened_at_ns; /* CLOCK_MONOTONIC, set before gate */
	_Atomic uint64_t stopped_at_ns; /* set before the stop words; 0 while running */
	_Atomic uint32_t epoch;		/* of the allowed CPUs: odd while they change */
	_Atomic uint32_t confined;	/* 0: anywhere is allowed */
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
