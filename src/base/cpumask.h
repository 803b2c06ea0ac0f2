/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of CPU or node numbers with the kernel's list format ("0-3,8"), over libcpuset's
 * bitmask library. Fixed size, so a set is a plain value.
 */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define KT_CPUS_MAX 1024u

/* Zero bytes are the empty set. Copy by assignment. */
struct kt_cpus {
	unsigned long bits[KT_CPUS_MAX / (8 * sizeof(unsigned long))];
};

void kt_cpus_add(struct kt_cpus *s, unsigned cpu);
void kt_cpus_remove(struct kt_cpus *s, unsigned cpu);
bool kt_cpus_has(const struct kt_cpus *s, unsigned cpu);
unsigned kt_cpus_count(const struct kt_cpus *s);
bool kt_cpus_equal(const struct kt_cpus *a, const struct kt_cpus *b);
bool kt_cpus_subset(const struct kt_cpus *inner, const struct kt_cpus *outer);
struct kt_cpus kt_cpus_and(const struct kt_cpus *a, const struct kt_cpus *b);
struct kt_cpus kt_cpus_or(const struct kt_cpus *a, const struct kt_cpus *b);
struct kt_cpus kt_cpus_minus(const struct kt_cpus *a, const struct kt_cpus *b);
/* FIRST..LAST inclusive. */
struct kt_cpus kt_cpus_range(unsigned first, unsigned last);
/* The I-th member counted from 0 in ascending order, or -1. */
int kt_cpus_nth(const struct kt_cpus *s, unsigned i);
/* The next member >= FROM, or -1: for (int c = kt_cpus_next(s, 0); c >= 0; c = kt_cpus_next(s, c +
 * 1)) */
int kt_cpus_next(const struct kt_cpus *s, int from);

/*
 * List format; surrounding white space and the empty set are fine. -EINVAL for malformed
 * text, -ERANGE for a number of KT_CPUS_MAX or more.
 */
int kt_cpus_parse(const char *list, struct kt_cpus *ret, struct kt_err *err);
/* "0-3,8" in fresh memory, "" when empty; NULL when out of memory. */
char *kt_cpus_text(const struct kt_cpus *s);
