/* SPDX-License-Identifier: GPL-2.0-only */
/* A group of workers that produce one kind of load. Kinds are the rows of macros/work.def. */
#ifndef KTSTR_WORK_H
#define KTSTR_WORK_H

#include <macros/work.h>

/* A list of works ends with kind KTSTR_WORK_END. */
struct ktstr_work {
	enum ktstr_work_kind kind;
	unsigned workers; /* processes; 0: 1 */
	union {
		/* The parameters of each kind, named as the kind; 0 takes the default. */
#define WORK(name, sentence, ...) struct ktstr_work_##name name;
#include <macros/work.def>
#undef WORK
	};
};

#endif
