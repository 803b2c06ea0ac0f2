/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of one test for machines: DIR/STEM.json, and beside it the console as
 * STEM.console.txt and the kernel's log as STEM.dmesg.txt; each replaced whole or not at all.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "report/outcome.h"
#include "report/verdict.h"

#define KT_SIDECAR_SCHEMA 1u

/* The JSON object of one test, for --format json as for the file. */
void kt_sidecar_json(const struct kt_outcome *o, const struct kt_verdict *v, struct kt_str *out);
/*
 * All files; DIR is made where it is missing. What fails removes those of this result that were
 * written: there is never a part of one.
 */
int kt_sidecar_write(const struct kt_outcome *o, const struct kt_verdict *v, const char *dir,
	struct kt_err *err);
/*
 * NAME as one file name: characters other than letters, digits, '.', '_' and '-' become "%XX",
 * and so does a leading dot. Malloced; NULL when out of memory.
 */
char *kt_sidecar_file_name(const char *name);
/* The files of this run's repeat: its name as a file name, ".r2" behind the second's. Malloced. */
char *kt_sidecar_stem(const struct kt_outcome *o);
