/* SPDX-License-Identifier: GPL-2.0-only */
/* From the rows of work.def: the kinds of work, their parameters, and the literal KTSTR_WORK. */
#ifndef KTSTR_MACROS_WORK_H
#define KTSTR_MACROS_WORK_H

enum ktstr_work_kind {
	KTSTR_WORK_END,
#define WORK(name, sentence, ...) KTSTR_WORK_##name,
#include <macros/work.def>
#undef WORK
	KTSTR_WORK_COUNT
};

/* KTSTR_WORK goes through these names, so that a misspelt kind is reported in words. */
enum ktstr_work_spelling {
#define WORK(name, sentence, ...)                                                                  \
	ktstr_no_such_work__run_ktstr_help_work__##name = KTSTR_WORK_##name,
#include <macros/work.def>
#undef WORK
};

#define F(name, standard, says) unsigned name;
#define WORK(name, sentence, ...)                                                                  \
	struct ktstr_work_##name {                                                                 \
		__VA_ARGS__                                                                        \
	};
#include <macros/work.def>
#undef WORK
#undef F

/* KTSTR_WORK(bursty, .workers = 2, .bursty = {.burst_ms = 10}) */
#define KTSTR_WORK(name_, ...)                                                                     \
	{                                                                                          \
		.kind = (enum ktstr_work_kind)ktstr_no_such_work__run_ktstr_help_work__##name_,    \
		__VA_ARGS__                                                                        \
	}

#endif
