/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests of the program: linked by their constructors, then frozen into an array sorted
 * by file, line and name. Duplicate names and descriptors that cannot be are reported with
 * the places they stand in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <ktstr/test.h>

#include "base/err.h"

struct kt_registry {
	const struct ktstr_test **tests;
	size_t count;
};

/* 0 or -EINVAL (text: one line per fault). Every call makes a fresh array. */
int kt_registry_freeze(struct kt_registry *ret, struct kt_err *err);
void kt_registry_done(struct kt_registry *reg);
/* NULL when there is none. */
const struct ktstr_test *kt_registry_find(const struct kt_registry *reg, const char *name);
/* The registered name nearest to NAME, NULL when none is near. */
const char *kt_registry_nearest(const struct kt_registry *reg, const char *name);

/* A glob, '!' excludes and '*' crosses '/'; or a full name as it is. */
struct kt_registry_pattern {
	const char *text;
	bool exact;
};

/*
 * Keep the tests that match one of the patterns and none of those that exclude; without any
 * that selects, all are in.
 */
void kt_registry_filter(
	struct kt_registry *reg, const struct kt_registry_pattern *patterns, size_t count);
