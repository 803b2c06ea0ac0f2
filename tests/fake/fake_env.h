/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A world for the engine that does nothing but write down what it was asked, one line per
 * call, with a clock that only moves when it is told to. A call whose line begins with
 * fail_on fails. Lines:
 *
 *	setup [cpuset]                add NAME                remove NAME
 *	cpuset NAME LIST|-            spawn wN NAME kind=K workers=N group=N phase=N
 *	move wN NAME pids=A,B         allow wN LIST|any       pause wN          start wN
 *	stop wN wN...                 result NAME group=N index=N phase=N       free wN
 *	phase N at MS                 hold MS                 loss NAME N
 *	stimulus phase=N at=MS ops=N mask=0xN cgroups=N groups=N iterations=N
 *	fail PHASE KIND TEXT          note PHASE KIND TEXT
 */
#pragma once

#include "base/str.h"
#include "scenario/env.h"

struct fake_env {
	struct kt_env env;
	struct kt_str log;
	struct kt_str selected; /* of fake_env_lines() */
	const char *fail_on;	/* NULL: nothing fails */
	unsigned fail_after;	/* calls that match and succeed before it */
	uint64_t now_ns;
	uint64_t call_ns;    /* what each cgroup_add takes */
	uint64_t iterations; /* of each group */
	unsigned late;	     /* workers that do not complete at the next stop */
	unsigned groups;     /* made so far; they are named w1, w2, ... */
};

void fake_env_init(struct fake_env *f);
void fake_env_done(struct fake_env *f);
/* The log's lines whose first word is one of WORDS (separated by spaces); owned by F. */
const char *fake_env_lines(struct fake_env *f, const char *words);
