/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of kinds, built from macros/work.def: a new kind is one row there and one function
 * kt_work_step_NAME in a kind_*.c; a missing one does not link.
 */
#pragma once

#include <stddef.h>

#include <ktstr/work.h>

#include "work/worker.h"

struct kt_work_param {
	const char *name;  /* the unit is its ending */
	unsigned standard; /* what 0 stands for */
};

struct kt_work_kind {
	const char *name, *sentence;
	const struct kt_work_param *params; /* in the order of struct ktstr_work_NAME */
	size_t param_count;
	void (*step)(struct kt_worker *w); /* one round; returns early when asked to stop */
};

/* NULL when KIND is none. */
const struct kt_work_kind *kt_work_kind_get(unsigned kind);
/* WORK with every 0 replaced by what it stands for. KIND must be valid. */
struct ktstr_work kt_work_with_defaults(const struct ktstr_work *work);

#define WORK(name, sentence, ...) void kt_work_step_##name(struct kt_worker *w);
#include "macros/work.def"
#undef WORK
