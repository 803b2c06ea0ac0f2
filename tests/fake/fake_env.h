/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A world for the engine that does nothing but write down what it was asked, one line per
 * call, with a clock that only moves when it is told to. A call whose line begins with
 * fail_on fails. Lines:
 *
 *	setup [CONTROLLER...] [threaded] add NAME                remove NAME
 *	write NAME FILE VALUE         freeze NAME             unfreeze NAME
 *	procs NAME (they are 7, 8)    read cpuset NAME        thread wN NAME pids=A,B
 *	cpuset NAME LIST|-            spawn wN NAME kind=K workers=N group=N phase=N
 *	move wN NAME pids=A,B         allow wN LIST|any       pause wN          start wN
 *	excuse wN (it is frozen)      resume wN
 *	stop wN wN...                 result NAME group=N index=N phase=N       free wN
 *	phase N at MS                 hold MS                 loss NAME N
 *	mark start|pause|resume|end PHASE at MS
 *	affinity wN kind=N count=N seed=N LIST
 *	capture TAG NAME phase=N pids=A,B
 *	stimulus phase=N at=MS ops=N mask=0xN cgroups=N groups=N iterations=N [knobs=0xN]
 *	run pN CGROUP PROGRAM ARGS    wait pN                 kill pN           drop pN
 *	metric CGROUP PAYLOAD NAME=V unit=U POLARITY phase=N
 *	payload CGROUP NAME HOW exit=N [stopped] metrics=N phase=N failures=TEXT
 *	fail PHASE KIND TEXT          note PHASE KIND TEXT
 *	claim|part PHASE holds|undecided|fails TEXT
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
	uint64_t call_ns;			  /* what each cgroup_add takes */
	uint64_t iterations;			  /* of each group */
	const char *(*cpusets)(const char *name); /* what cgroup_read_cpuset finds; NULL: none */
	struct kt_work_metric metric;		  /* that each worker reports; no name: none */
	unsigned late;			       /* workers that do not complete at the next stop */
	uint64_t limit_ns;		       /* 0: never */
	unsigned payloads;		       /* started so far; they are named p1, p2, ... */
	uint64_t payload_ns;		       /* what each takes from a wait to its end */
	int payload_status;		       /* as of waitpid, of those that end by themselves */
	bool payload_ended;		       /* they have, before anybody kills them */
	const char *payload_out, *payload_err; /* what each prints; NULL: nothing */
	pid_t scheduler;		       /* 0: none */
	uint64_t dies_ns;		       /* the scheduler ends then; 0: never */
	unsigned dies_after_looks;	       /* or: it has ended at the so manieth hold */
	unsigned looks;
	enum kt_sched_end sched_end;
	unsigned groups; /* made so far; they are named w1, w2, ... */
};

void fake_env_init(struct fake_env *f);
void fake_env_done(struct fake_env *f);
/* Keep the placement log too, as lines "log ...". */
void fake_env_log_placement(struct fake_env *f);
/* The log's lines whose first word is one of WORDS (separated by spaces); owned by F. */
const char *fake_env_lines(struct fake_env *f, const char *words);
