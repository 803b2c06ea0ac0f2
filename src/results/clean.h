/* SPDX-License-Identifier: GPL-2.0-only */
/* Retention: removing old runs. Called by `ktstr results clean`. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "results/dir.h"

/* What kt_results_clean() did about one run. */
enum kt_results_done { KT_CLEAN_REMOVED, KT_CLEAN_SKIPPED, KT_CLEAN_FAILED };
typedef void kt_results_clean_fn(
	void *arg, const struct kt_results_run *run, enum kt_results_done done, const char *why);

struct kt_results_cleaning {
	unsigned keep; /* this many of the newest runs */
	bool dry_run;  /* only say it */
	kt_results_clean_fn *on_run;
	void *arg;
};

/*
 * Remove all but the newest runs, except those that are or may be alive, and folders that a
 * run has not made. -errno when one could not be removed; the others are.
 */
int kt_results_clean(
	const char *dir, const struct kt_results_cleaning *cleaning, struct kt_err *err);
