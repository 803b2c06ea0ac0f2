/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroups a scenario knows by name: step-local ones, which end with their step, and
 * persistent ones, which last until the scenario's end. The plan tracks them ahead of time
 * and the engine while it runs, by the same rules. Hides how a name that is gone is kept,
 * so that an error can say where it went.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpumask.h"
#include "base/err.h"
#include "base/vec.h"

#define KT_NAME_BYTES	    128 /* with the NUL */
#define KT_NAME_PLACE_BYTES 80

struct kt_name {
	char name[KT_NAME_BYTES];
	bool persistent;
	bool gone;
	bool confined; /* it has a cpuset of its own: cpus */
	struct kt_cpus cpus;
	uint16_t groups;		 /* worker groups started in it so far */
	size_t workers;			 /* the plan's count of what runs there */
	size_t kept;			 /* of these, those that do not end with a step */
	bool frozen;			 /* an op has frozen it */
	bool thawed;			 /* of these, one that runs while its step ends */
	bool gives_controllers;		 /* a cgroup nested in it has or had a cpuset or knobs */
	char made[KT_NAME_PLACE_BYTES];	 /* "op 1 (add_cgroup) of step 0" */
	char ended[KT_NAME_PLACE_BYTES]; /* the same, or "the end of step 0"; when gone */
};

/* A payload; functions in names_payload.h. */
struct kt_name_payload {
	char name[KT_NAME_BYTES];
	char cgroup[KT_NAME_BYTES]; /* "": the harness's own */
	bool persistent;
	bool gone;
	char made[KT_NAME_PLACE_BYTES];	 /* as of a cgroup */
	char ended[KT_NAME_PLACE_BYTES]; /* as of a cgroup */
};

/* In the order of creation. Zero bytes are empty; pointers to items end with the next add. */
struct kt_names {
	KT_VEC(struct kt_name) list;
	KT_VEC(struct kt_name_payload) payloads;
	size_t runner_workers; /* the plan's count of what runs in the harness's cgroup */
	size_t runner_kept;    /* of these, those that do not end with a step */
};

void kt_names_done(struct kt_names *n);
int kt_names_copy(const struct kt_names *from, struct kt_names *ret, struct kt_err *err);

/* What a name must look like: parts of letters, digits, '.', '_' and '-', joined by '/'. */
int kt_names_check_syntax(const char *name, struct kt_err *err);
/* Whether NAME is OUTER or nested below it. */
bool kt_names_within(const char *name, const char *outer);

/* A cgroup that exists, or NULL. */
struct kt_name *kt_names_find(const struct kt_names *n, const char *name);
/* The latest that is gone, or NULL. */
const struct kt_name *kt_names_find_gone(const struct kt_names *n, const char *name);
/* A cgroup nested directly or deeper below NAME that exists, or NULL. */
const struct kt_name *kt_names_find_nested(const struct kt_names *n, const char *name);

/* NAME exists and has CPUS from now on; NULL: no cpuset of its own. */
void kt_names_set_cpuset(struct kt_names *n, const char *name, const struct kt_cpus *cpus);
/* NAME has files of controllers, which the cgroups above it have to give. */
void kt_names_set_knobs(struct kt_names *n, const char *name);
/* NAME is well-formed and not in use. 0 or -ENOMEM. */
int kt_names_add(struct kt_names *n, const char *name, bool persistent, const char *made,
	struct kt_err *err);
void kt_names_end(struct kt_name *entry, const char *ended);
/* All cgroups of one lifetime are gone. */
void kt_names_end_all(struct kt_names *n, bool persistent, const char *ended);

/*
 * The CPUs a task in NAME may use: the cpusets of it and of the cgroups it is nested in,
 * intersected. False: none of them has one.
 */
bool kt_names_allowed(const struct kt_names *n, const char *name, struct kt_cpus *ret);

/* "a, b and 3 more" of what exists, "none" of nothing; malloced, NULL when out of memory. */
char *kt_names_text(const struct kt_names *n);
/* The name nearest to NAME of what exists, or NULL. */
const char *kt_names_nearest(const struct kt_names *n, const char *name);
