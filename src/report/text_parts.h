/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables below a verdict of the text report, which only text.c calls, and clean text. */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "report/outcome.h"

#define KT_TEXT_PLACE_BYTES 24
/*
 * What a phase was: "step 2", or in a test with a body "body", which is its phase 1, and
 * "phase 3"; "" before the first. Returns RET.
 */
const char *kt_text_place(
	const struct kt_outcome *o, int phase, char ret[static KT_TEXT_PLACE_BYTES]);
/* One line per cgroup; nothing when there are too many to be read at a glance. */
void kt_text_cgroups(const struct kt_outcome *o, struct kt_str *out);
/* One line per worker; unless ALL, nothing when there are too many. */
void kt_text_workers(const struct kt_outcome *o, bool all, struct kt_str *out);
/* One line per capture of an op. */
void kt_text_captures(const struct kt_outcome *o, struct kt_str *out);
/* Accelerator, kernel, topology as seen, what the host stole, command. */
void kt_text_machine(const struct kt_outcome *o, struct kt_str *out);
/* Stages of the run and phases of the scenario. */
void kt_text_times(const struct kt_outcome *o, struct kt_str *out);
/*
 * From byte FROM on: control characters that a guest put into its texts must not reach the
 * user's terminal, nor bytes that are no characters: a terminal that takes bytes for them
 * finds controls there.
 */
void kt_text_clean(struct kt_str *out, size_t from);
