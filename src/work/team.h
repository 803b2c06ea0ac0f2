/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workers of a group that work together: the memory, pipes and event counters of each team. They
 * are made before the fork, and each worker keeps those of its own team only. A team of one
 * may have them too.
 */
#pragma once

#include <stddef.h>

#include <ktstr/work.h>

#include "base/err.h"
#include "work/shared.h"

struct kt_team {
	unsigned size;		    /* workers */
	void *memory;		    /* team_bytes of the kind, shared, zeroed; NULL: none */
	struct kt_work_slot *slots; /* of its workers, by role */
	int *fds;		    /* of each pipe its read and its write end, then the events */
	unsigned pipes, events;
};

struct kt_teams {
	struct kt_team *items;
	unsigned count, size; /* teams, workers of each */
	void *memory;
	size_t memory_bytes;
};

/* WORK has its defaults filled in and has been checked. */
int kt_teams_init(struct kt_teams *t, const struct ktstr_work *work, struct kt_work_shared *shared,
	struct kt_err *err);
/* The team of worker I, NULL for the kinds that need none. */
const struct kt_team *kt_teams_of(const struct kt_teams *t, size_t i);
/* Around the fork of worker I: the first of a team opens its descriptors, the last closes them. */
int kt_teams_open(struct kt_teams *t, size_t i, struct kt_err *err);
void kt_teams_close(struct kt_teams *t, size_t i);
void kt_teams_done(struct kt_teams *t);

/* In a worker: close all descriptors from FIRST on but those of COUNT teams. */
void kt_team_close_others(const struct kt_team *teams, unsigned count, unsigned first);

static inline unsigned kt_team_fd_count(const struct kt_team *team)
{
	return 2 * team->pipes + team->events;
}
