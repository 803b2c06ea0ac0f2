/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ops have noted for later under a tag: so far the processes of a cgroup. Part of the
 * state; told to the environment as well, so that it stands in the result.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/vec.h"

/* More of them are counted as lost: a loop may capture in every round. */
#define KT_CAPTURES_MAX 1024u

struct kt_capture {
	uint16_t phase;
	char *tag, *cgroup; /* malloced, like pids */
	pid_t *pids;
	size_t count;
};

struct kt_captures {
	KT_VEC(struct kt_capture) list; /* oldest first */
};

/* "101,102 and 3 more": at most KT_CAPTURE_SHOWN of them; malloced, NULL when out of memory. */
#define KT_CAPTURE_SHOWN 256u
char *kt_capture_text(const struct kt_capture *c);

void kt_captures_done(struct kt_captures *c);
/* Keep a copy of ITEM, whose pids move into it. 0 or -ENOMEM. */
int kt_captures_add(struct kt_captures *c, struct kt_capture *item, struct kt_err *err);
/* The first with that tag, or NULL. */
const struct kt_capture *kt_captures_find(const struct kt_captures *c, const char *tag);
