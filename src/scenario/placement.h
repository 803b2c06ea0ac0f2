/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of where workers were put: one line when a group is started, and two around each move
 * of a cgroup's workers, with the pids on both sides. It tells apart workers that were not moved
 * from those that ended before or after. Lines are bounded; the environment bounds the whole.
 */
#pragma once

#include "scenario/state.h"

#define KT_PLACEMENT_PIDS 64u /* of one list in a line */

/* A group of workers is in its cgroup. */
void kt_placement_spawned(struct kt_state *s, const struct kt_group *g);
/* The workers known under FROM are about to be moved to TO: they, and what FROM holds. */
void kt_placement_moving(struct kt_state *s, const char *from, const char *to);
/* What TO holds now. */
void kt_placement_moved(struct kt_state *s, const char *to);
