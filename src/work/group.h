/* SPDX-License-Identifier: GPL-2.0-only */
/* A group of workers from its owner's side; shared by work.c (begin) and collect.c (end). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "work/shared.h"
#include "work/team.h"
#include "work/work.h"

#define KT_WORK_STOP_MS	  5000u /* from the stop to the end of the last worker of all groups */
#define KT_WORK_ARRIVE_MS 1000u /* what spawn waits for its workers to reach the gate */
#define KT_WORK_REAP_MS	  5000u /* for killed workers to be gone */

/* How the end of one worker was seen. */
struct kt_work_end {
	bool in_time;
	bool reaped;
	int status; /* as of waitpid, when reaped */
	int error;  /* errno of the wait, or 0 */
};

struct kt_work {
	struct ktstr_work work; /* with its defaults filled in */
	uint16_t group, phase;
	uint64_t seed; /* of the test */
	char cgroup[KT_WORK_NAME_BYTES];

	struct kt_work_where where;

	pid_t *pids; /* of processes; 0 once reaped; own process groups */
	struct kt_work_end *ends;
	size_t procs; /* 1 when the workers are threads, else as many as workers */
	size_t count; /* of workers */
	pid_t *tids;  /* of workers, once all have arrived; NULL: not known */
	struct kt_work_shared *shared;
	size_t shared_bytes;
	struct kt_teams teams;

	/* The owner's copies: what the workers can write to is not to be believed. */
	uint64_t spawned_at_ns, opened_at_ns, stopped_at_ns; /* 0: not yet */
	bool counts_migrated; /* the kernel says how many pages it moves */
	uint64_t migrated_base, migrated;
	bool confined;
	struct kt_cpus allowed;
};

/* kt_work_stop() with a deadline of its own. */
unsigned kt_work_stop_within(struct kt_work *const *works, size_t count, uint64_t within_ms,
	struct kt_work_results *out);
/* SIGKILL to the process group of each process that is not reaped. */
void kt_work_kill(struct kt_work *w);
/* Reap process I; false when it has not ended by the deadline. */
bool kt_work_reap(struct kt_work *w, size_t i, uint64_t deadline_ns, int *ret_status);
