/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What counts as a failure. Nothing is judged unless a test asks for it: a test without
 * checks passes when its scenario runs to the end. Checks are the rows of macros/check.def.
 */
#ifndef KTSTR_CHECK_H
#define KTSTR_CHECK_H

#ifndef __cplusplus
#include <stdbool.h>
#endif

#define KTSTR_CHECK_TYPE_flag bool
#define KTSTR_CHECK_TYPE_num  double

/* An unset field (false, 0) leaves the check off, or at its default where another implies it. */
struct ktstr_checks {
#define CHECK(name, type, limit, unit, sentence) KTSTR_CHECK_TYPE_##type name;
#include <macros/check.def>
#undef CHECK
};

#endif
