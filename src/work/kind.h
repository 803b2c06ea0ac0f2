/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of kinds, built from macros/work.def. A new kind is one row there and one
 * kt_work_ops_NAME in a kind_*.c; a missing one does not link. README.md tells how to write one.
 */
#pragma once

#include <stddef.h>

#include <ktstr/work.h>

#include "base/err.h"
#include "work/worker.h"

enum kt_work_flag {
	KT_WORK_FORK_ONLY = 1u << 0,	/* each worker must be a process */
	KT_WORK_NEEDS_PARAMS = 1u << 1, /* means nothing without parameters: not found by name */
	KT_WORK_COMPUTES = 1u << 2,	/* never sleeps or yields: iterations are timed */
	KT_WORK_HAS_CREW = 1u << 3,	/* it has threads of its own (crew.h) */
};

/* What a kind does. All but the step may be NULL or 0. WORK has its defaults filled in. */
struct kt_work_ops {
	/* One round. Looks at kt_worker_stopped() every few milliseconds and returns early then. */
	void (*step)(struct kt_worker *w);

	/* What the limits of single parameters cannot say. 0 or -EINVAL. For the plan. */
	int (*check)(const struct ktstr_work *work, struct kt_err *err);

	/* Of each team: shared zeroed memory, pipes and event counters (EFD_SEMAPHORE unset). */
	size_t (*team_bytes)(const struct ktstr_work *work);
	unsigned (*pipes)(const struct ktstr_work *work);
	unsigned (*events)(const struct ktstr_work *work);
	size_t state_bytes; /* of each worker: w->state, zeroed */
	size_t (*memory_bytes)(const struct ktstr_work *work); /* of each worker: w->memory */

	void (*prepare)(struct kt_worker *w); /* before the gate: what is no part of the test */
	void (*begin)(struct kt_worker *w);   /* after the gate, before the first step */
	void (*end)(struct kt_worker *w);     /* after the last step */

	unsigned flags; /* of enum kt_work_flag */
};

struct kt_work_param {
	const char *name; /* the unit is its ending */
	const char *type;
	const char *standard; /* what unset stands for, as text */
	const char *says;
};

struct kt_work_kind {
	const char *name, *sentence;
	const char *team_text;		    /* the expression of the row */
	const struct kt_work_param *params; /* in the order of struct ktstr_work_NAME */
	size_t param_count;
	const struct kt_work_ops *ops;
	/* Made from the row: what is unset gets its standard, the limits, and the team's size. */
	void (*fill)(struct ktstr_work *work);
	int (*limits)(const struct ktstr_work *work, struct kt_err *err);
	unsigned (*team)(const struct ktstr_work *work);
};

/* NULL when KIND is none. */
const struct kt_work_kind *kt_work_kind_get(unsigned kind);
/*
 * The kind of this NAME with its defaults, for work that is named in words. -EINVAL when there is
 * none, with the nearest name as the remedy, or when it needs parameters.
 */
int kt_work_kind_find(const char *name, enum ktstr_work_kind *ret, struct kt_err *err);
/* WORK with all that is unset replaced by what it stands for. KIND must be valid. */
struct ktstr_work kt_work_with_defaults(const struct ktstr_work *work);
/* Of how many workers one team of WORK consists; the parameters may be unset. */
unsigned kt_work_team(const struct ktstr_work *work);

#define WORK(name, sentence, team, ...) extern const struct kt_work_ops kt_work_ops_##name;
#include "macros/work.def"
#undef WORK
