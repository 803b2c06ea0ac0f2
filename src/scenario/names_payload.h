/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payloads a scenario runs, by name and cgroup, beside the cgroups of names.h: tracked
 * ahead of time by the plan and by the engine while it runs. One that ended by itself still
 * runs here until somebody waits for it or kills it. Those that are over are kept, so that an
 * error can say what became of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "scenario/names.h"

/* Which payload an op means. */
struct kt_payload_key {
	const char *name;
	const char *cgroup; /* "": the harness's own; NULL: whichever one of that name */
};

int kt_names_payload_add(struct kt_names *n, const char *name, const char *cgroup, bool persistent,
	const char *made, struct kt_err *err);
/* The one that runs under exactly this name and cgroup, or NULL. */
struct kt_name_payload *kt_names_payload_find(
	const struct kt_names *n, const char *name, const char *cgroup);
/*
 * The one an op of NAME ("wait_payload") means. -EINVAL: none runs, and what became of it;
 * or several do, and in which cgroups.
 */
int kt_names_payload_pick(const struct kt_names *n, const char *op,
	const struct kt_payload_key *key, struct kt_name_payload **ret, struct kt_err *err);
void kt_names_payload_end(struct kt_name_payload *p, const char *ended);
/* All that run in CGROUP, or, when it is NULL, those of a lifetime. */
void kt_names_payload_end_all(
	struct kt_names *n, const char *cgroup, bool persistent, const char *ended);
/* Whether one runs in CGROUP. */
bool kt_names_payload_in(const struct kt_names *n, const char *cgroup);
/* "cgroup 'a'", "the cgroup of the harness"; BUF is returned. */
const char *kt_names_payload_where(const char *cgroup, char *buf, size_t bytes);
#define KT_NAMES_WHERE_BYTES (KT_NAME_BYTES + 32)
