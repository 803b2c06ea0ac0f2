/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cgroups that ops have frozen. Workers report when they stop, which takes a CPU: before any are
 * stopped, the cgroups around them are thawed, and those that stay are frozen again.
 */
#pragma once

#include "base/err.h"
#include "scenario/state.h"

int kt_freezer_set(struct kt_state *s, const char *cgroup, bool on, struct kt_err *err);

/* Let what is in CGROUP run; _after makes those that still exist as they were. */
void kt_freezer_before_stop(struct kt_state *s, const char *cgroup);
void kt_freezer_after_stop(struct kt_state *s, const char *cgroup);

/*
 * The same for all that ends with a lifetime. Its own cgroups are thawed whatever is known of
 * them: a body may have written to their files.
 */
void kt_freezer_before_end(struct kt_state *s, bool persistent);
void kt_freezer_after_end(struct kt_state *s);
