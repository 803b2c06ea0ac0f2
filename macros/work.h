/* SPDX-License-Identifier: GPL-2.0-only */
/* From the rows of work.def: the kinds of work, their parameters, and the literal KTSTR_WORK. */
#ifndef KTSTR_MACROS_WORK_H
#define KTSTR_MACROS_WORK_H

#ifndef __cplusplus
#include <stdbool.h>
#endif

enum ktstr_work_kind {
	KTSTR_WORK_END,
#define WORK(name, sentence, team, ...) KTSTR_WORK_##name,
#include <macros/work.def>
#undef WORK
	KTSTR_WORK_COUNT
};

/* KTSTR_WORK goes through these names, so that a misspelt kind is reported in words. */
enum ktstr_work_spelling {
#define WORK(name, sentence, team, ...)                                                            \
	ktstr_no_such_work__run_ktstr_help_work__##name = KTSTR_WORK_##name,
#include <macros/work.def>
#undef WORK
};

/* enum ktstr_wake { KTSTR_WAKE_pipe, ... }, and so on. */
#define V(prefix, value)  KTSTR_##prefix##_##value,
#define CHOICE(type, ...) enum ktstr_##type{__VA_ARGS__};
#include <macros/work_choice.def>
#undef CHOICE
#undef V

struct ktstr_custom; /* ktstr/custom.h */
struct ktstr_custom_config;
typedef void (*ktstr_custom_fn)(struct ktstr_custom *c);

/* A phase of sequence. A list ends with KTSTR_PHASE_END. */
enum ktstr_phase_kind {
	KTSTR_PHASE_END,
	KTSTR_PHASE_spin,
	KTSTR_PHASE_sleep,
	KTSTR_PHASE_yield,
	KTSTR_PHASE_io,	     /* write 64 KiB to a file in memory, sleep 100 us, and again */
	KTSTR_PHASE_alu_hot, /* as the work alu_hot, scalar */
	KTSTR_PHASE_COUNT
};
struct ktstr_phase {
	enum ktstr_phase_kind kind;
	unsigned us; /* above 0 */
};

#define KTSTR_WORK_TYPE_num    unsigned
#define KTSTR_WORK_TYPE_real   double
#define KTSTR_WORK_TYPE_flag   bool
#define KTSTR_WORK_TYPE_str    const char *
#define KTSTR_WORK_TYPE_nodes  const char *
#define KTSTR_WORK_TYPE_phases const struct ktstr_phase *
#define KTSTR_WORK_TYPE_config const struct ktstr_custom_config *
#define KTSTR_WORK_TYPE_fn     ktstr_custom_fn

#define F(type, name, standard, says) KTSTR_WORK_TYPE_##type name;
#define C(type, name, standard, says) enum ktstr_##type name;
/* none_ is for kinds without parameters: a struct without members is no C. */
#define WORK(name, sentence, team, ...)                                                            \
	struct ktstr_work_##name {                                                                 \
		__VA_ARGS__                                                                        \
		bool none_;                                                                        \
	};
#include <macros/work.def>
#undef WORK
#undef C
#undef F

/* KTSTR_WORK(bursty, .workers = 2, .bursty = {.burst_ms = 10}) */
#define KTSTR_WORK(name_, ...)                                                                     \
	{                                                                                          \
		.kind = (enum ktstr_work_kind)ktstr_no_such_work__run_ktstr_help_work__##name_,    \
		__VA_ARGS__                                                                        \
	}

#endif
