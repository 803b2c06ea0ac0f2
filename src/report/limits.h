/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which checks apply to a test, and with which limits: the layers of <ktstr/check.h> merged. Also
 * the rows of check.def as a table, for help and for reports.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <ktstr/test.h>

enum kt_check_id {
#define CHECK(name, type, limit, debug, most, zero, unit, sentence, rule) KT_CHECK_##name,
#include "macros/check.def"
#undef CHECK
	KT_CHECK_COUNT
};

struct kt_check_info {
	const char *name;
	bool is_flag;
	bool is_least;	     /* the limit is a least value (min_...), not a largest one */
	double limit, debug; /* where another check implies it; 0: never */
	const char *unit, *sentence, *rule;
};

const struct kt_check_info *kt_check_info(enum kt_check_id id);

/* Who has set a limit, the weakest first. */
enum kt_limit_layer {
	KT_LIMIT_UNSET,
	KT_LIMIT_DEFAULT, /* of the row, because another check implies it */
	KT_LIMIT_SCHEDULER,
	KT_LIMIT_TEST,
};

struct kt_limit {
	bool on;
	enum kt_limit_layer layer; /* that says so, of a check that is off too */
	double value;		   /* flags: 1 */
};

struct kt_limits {
	struct kt_limit of[KT_CHECK_COUNT];
};

/* "unset", "default", "scheduler", "test" */
const char *kt_limit_layer_name(enum kt_limit_layer layer);

/* A kernel that is slower than this has checks of its own, and gets the defaults for those. */
#define KT_LIMITS_DEBUG_SLOWNESS 1.5

/* SLOWNESS is that of the kernel's kind, 0 when it is not known. */
void kt_limits_merge(const struct ktstr_test *test, double slowness, struct kt_limits *ret);
