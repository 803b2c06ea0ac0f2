/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel options: reads fragments with their "required" and "needs" marks, and compares what
 * was asked for with the .config that olddefconfig left. build.c calls it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

struct kt_kconfig_option {
	char *name;	    /* with CONFIG_ */
	char *value;	    /* as written after '='; "n" for "is not set" */
	char *needs;	    /* from a "#: needs" mark, or NULL */
	const char *origin; /* which fragment asked for it; borrowed */
	bool required;
};

/* The options asked for; a later fragment replaces the value of an earlier one. */
struct kt_kconfig {
	KT_VEC(struct kt_kconfig_option) options;
};

/*
 * Add the options of a fragment's TEXT. ORIGIN names it in errors and must outlive K. A later
 * value replaces an earlier one, but one that contradicts a required option fails.
 */
int kt_kconfig_add(struct kt_kconfig *k, const char *text, const char *origin, struct kt_err *err);
void kt_kconfig_done(struct kt_kconfig *k);

/*
 * Compare with the text of a .config. A required option that has another value there fails,
 * naming what it needs; the names of optional ones are appended to LOST, each with '\n'.
 */
int kt_kconfig_verify(
	const struct kt_kconfig *k, const char *config, struct kt_str *lost, struct kt_err *err);

/* The value of NAME (with CONFIG_) in the text of a .config; false when it has none there. */
bool kt_kconfig_get(const char *config, const char *name, char *ret, size_t room);
