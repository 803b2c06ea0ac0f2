/* SPDX-License-Identifier: GPL-2.0-only */
/* Types of the parameters in macros/work.def: what unset stands for, and what is allowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <ktstr/work.h>

#include "base/err.h"

/* Which parameter of which kind, for the words of an error. */
struct kt_param_of {
	const char *kind, *name;
	const char *standard;
};

/* 0 or -EINVAL with the limits as the remedy. One function per type, named by it. */
int kt_work_param_num(const struct kt_param_of *of, unsigned value, struct kt_err *err);
int kt_work_param_real(const struct kt_param_of *of, double value, struct kt_err *err);
int kt_work_param_flag(const struct kt_param_of *of, bool value, struct kt_err *err);
int kt_work_param_str(const struct kt_param_of *of, const char *value, struct kt_err *err);
int kt_work_param_nodes(const struct kt_param_of *of, const char *value, struct kt_err *err);
int kt_work_param_phases(
	const struct kt_param_of *of, const struct ktstr_phase *value, struct kt_err *err);
int kt_work_param_fn(const struct kt_param_of *of, ktstr_custom_fn value, struct kt_err *err);
int kt_work_param_config(
	const struct kt_param_of *of, const struct ktstr_custom_config *value, struct kt_err *err);
/* VALUE of the choice TYPE. */
int kt_work_param_choice(
	const struct kt_param_of *of, const char *type, unsigned value, struct kt_err *err);

/* Only numbers have a standard that is not 0. */
#define KT_PARAM_FILL_num(at, standard)	   ((at) = (at) ? (at) : (standard))
#define KT_PARAM_FILL_real(at, standard)   ((at) = (at) > 0 ? (at) : (standard))
#define KT_PARAM_FILL_flag(at, standard)   ((void)0)
#define KT_PARAM_FILL_str(at, standard)	   ((void)0)
#define KT_PARAM_FILL_nodes(at, standard)  ((void)0)
#define KT_PARAM_FILL_phases(at, standard) ((void)0)
#define KT_PARAM_FILL_fn(at, standard)	   ((void)0)
#define KT_PARAM_FILL_config(at, standard) ((void)0)

/* The values of a choice by name, the standard first; NULL when TYPE is none. */
const char *const *kt_work_choice_values(const char *type, size_t *ret_count);
