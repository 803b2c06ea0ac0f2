/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds workers that stand still on this machine, where no monitor watches from outside: one
 * that neither ran nor was switched in KT_RUN_STALL_SAMPLES looks in a row is told once, until
 * it moves again. Whoever holds looks every KT_RUN_STALL_EVERY_MS.
 *
 * What is meant to stand still is not told: a worker in a frozen cgroup, and one that has ended.
 * A worker that sleeps by itself for longer than the looks take is told: give such a test
 * shorter sleeps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"
#include "base/vec.h"

#define KT_RUN_STALL_EVERY_MS 500u
#define KT_RUN_STALL_SAMPLES  4u
#define KT_RUN_STALL_KIND     "stall" /* of the details */

/* From /proc/PID/sched, or, where the kernel has none, from /proc/PID/schedstat. */
struct kt_run_stall_sample {
	uint64_t switches, runtime_ns;
};

struct kt_run_stall_watch {
	const void *group; /* whatever the caller knows its workers by */
	char cgroup[128];
	pid_t pid;
	struct kt_run_stall_sample first, last; /* of those that were alike */
	unsigned alike;
	bool told;
};

struct kt_run_stall {
	const char *proc;  /* "/proc", or a test's copy */
	const char *mount; /* of cgroup2 */
	/* FAILS: a worker stands still; else a note, each at most once. */
	void (*on_detail)(void *arg, bool fails, const char *text);
	void *arg;
	const char *source; /* "sched" or "schedstat"; NULL before the first look */
	bool off;	    /* the kernel shows neither */
	bool noted_unwatched;
	KT_VEC(struct kt_run_stall_watch) watched;
};
void kt_run_stall_done(struct kt_run_stall *s);

/* Watch these workers of GROUP, in the scenario's cgroup CGROUP; beyond a limit only a note. */
void kt_run_stall_add(struct kt_run_stall *s, const void *group, const char *cgroup,
	const pid_t *pids, size_t count);
/* Forget those of GROUP; NULL: all. */
void kt_run_stall_forget(struct kt_run_stall *s, const void *group);
/* One look at all of them. */
void kt_run_stall_look(struct kt_run_stall *s);

/* The two numbers in the text of /proc/PID/sched, or of schedstat. false: they are not there. */
bool kt_run_stall_parse_sched(const char *text, struct kt_run_stall_sample *ret);
bool kt_run_stall_parse_schedstat(const char *text, struct kt_run_stall_sample *ret);
/* What is known of a worker that stands still, with the remedy: a detail's text. */
void kt_run_stall_text(
	const struct kt_run_stall *s, const struct kt_run_stall_watch *w, struct kt_str *out);
