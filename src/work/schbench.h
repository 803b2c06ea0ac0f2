/* SPDX-License-Identifier: GPL-2.0-only */
/* What the threads of one schbench share; between kind_schbench.c and schbench_run.c only. */
#pragma once

#include "work/busy.h"
#include "work/crew.h"
#include "work/step.h"

/* A worker thread. */
struct kt_schbench_job {
	struct kt_schbench_job *_Atomic next; /* in the list of those that wait */
	_Atomic uint32_t turn;		      /* futex: 1 may run */
	_Atomic uint32_t pending;	      /* requests posted and not done */
	kt_stamp stamp;
	uint64_t *matrix; /* three of own_n * own_n, then the buffer of the pipe mode */
	uint64_t requests, bytes;
	struct kt_histogram wakeup, request;
} __attribute__((aligned(128)));

/* A message thread. */
struct kt_schbench_desk {
	struct kt_schbench_job *_Atomic waiting;
	_Atomic uint32_t called; /* futex */
	kt_stamp stamp;
	uint64_t skipped; /* requests that found all workers full */
} __attribute__((aligned(128)));

struct kt_schbench_lock {
	_Atomic uint32_t held;
} __attribute__((aligned(64)));

struct kt_schbench {
	struct kt_crew crew;
	unsigned desks, jobs_per_desk;
	unsigned own_n, shared_n; /* rows of the matrices */
	uint64_t *shared;	  /* three matrices of all workers */
	struct kt_schbench_desk *desk;
	struct kt_schbench_job *job;
	void *memory;
	size_t bytes;
	struct kt_busy busy;
	uint64_t rated_at_ns;
	_Atomic uint64_t rate_hz; /* of all desks together; 0: workers ask */
	struct kt_schbench_lock locks[KT_CPUS_MAX];
};

/* The life of a member of the crew; the first are the message threads. */
void kt_schbench_run(struct kt_worker *w);
