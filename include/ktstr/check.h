/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What counts as a failure. Nothing is judged unless a test asks for it: a test without
 * checks passes when its scenario runs to the end. Checks are the rows of macros/check.def.
 *
 * There are three layers, and of each check the last that sets it counts: what another check
 * implies, what the scheduler promises in all its tests (.scheduler_checks), what the test itself
 * asks for (.checks). --show-thresholds NAME prints what became of a test's.
 */
#ifndef KTSTR_CHECK_H
#define KTSTR_CHECK_H

#ifndef __cplusplus
#include <stdbool.h>
#endif

/* Flags are true or one of the words below; what is left out, or 0, is not set by this layer. */
#define KTSTR_CHECK_TYPE_flag double
#define KTSTR_CHECK_TYPE_num  double

/* Switches a check off that a layer below has set, or that another check implies. */
#define KTSTR_LIMIT_OFF (-__DBL_MAX__)
/* A limit of zero, since a plain 0 is a limit that is not set: .max_migrations = KTSTR_LIMIT_ZERO
 */
#define KTSTR_LIMIT_ZERO __DBL_DENORM_MIN__

struct ktstr_checks {
#define CHECK(name, type, limit, debug, most, zero, unit, sentence, rule)                          \
	KTSTR_CHECK_TYPE_##type name;
#include <macros/check.def>
#undef CHECK
};

#endif
