/* SPDX-License-Identifier: GPL-2.0-only */
/* One test from its descriptor to its outcome and verdict. */
#pragma once

#include <pthread.h>

#include "report/outcome.h"
#include "run/board.h"
#include "run/console.h"
#include "run/output.h"
#include "run/session.h"

/*
 * Emulated SVM (QEMU/TCG) now and then lets an access of a guest fail that is none of the
 * guest's faults (src/vmm/README.md): before the guest is ready the machine then stands still,
 * resets, or its kernel panics; later it may end by a triple fault. Such a run is repeated from
 * the boot on, and the result has a note for each. A kernel that is at fault itself fails every
 * time.
 */
#define KT_RUN_BOOTS_MAX 3u
bool kt_run_boot_was_lost(const struct kt_outcome *o);

/* What the threads of a run share. */
struct kt_run_ground {
	const struct kt_run_session *s;
	struct kt_run_output *output;
	struct kt_run_board *board;
	struct kt_run_console *console; /* NULL: not shown */
	pthread_rwlock_t *turn;		/* tests in guests read, host_only ones write */
};

/*
 * Run TEST for the REPEAT-th time, from 1, as machine SLOT; judge it and hand it to the
 * output. true: it passed or was skipped. A test that could not run is a verdict too.
 */
bool kt_run_one(const struct kt_run_ground *g, const struct ktstr_test *test, unsigned repeat,
	unsigned slot);
