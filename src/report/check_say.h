/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the checks say what they found: one detail for a limit that was missed, with or without
 * the host as an excuse, one for what cannot be judged.
 */
#pragma once

#include "report/check.h"
#include "report/limits.h"

struct kt_check_miss {
	enum kt_check_id check;
	double value, limit;
	/*
	 * The most the host can have taken, and whether that explains the miss: then nothing is
	 * decided. 0 and false where the host has no part in it.
	 */
	uint64_t stolen_ns;
	bool excused;
	const char *fix;
};

/* The start of a detail of a check about R; its where is the name of that worker. */
struct kt_verdict_detail kt_check_head(const struct kt_outcome *o, enum kt_check_id check,
	const struct kt_work_result *r, const struct kt_verdict *v);
/* The same about all of R's cgroup: its where is the cgroup. */
struct kt_verdict_detail kt_check_head_cgroup(
	enum kt_check_id check, const struct kt_work_result *r);

/* The text, then the bound, then what the host may have to do with it. */
void kt_check_missed(const struct kt_check_miss *miss, struct kt_verdict_detail *head,
	struct kt_verdict *v, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* INCONCLUSIVE: something that was measured does not suffice. */
void kt_check_undecided(struct kt_verdict_detail *head, const char *fix, struct kt_verdict *v,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The check found nothing it could judge: INCONCLUSIVE, about the whole run. */
void kt_check_nothing(
	enum kt_check_id check, const char *what, const char *fix, struct kt_verdict *v);

/* One more was judged, and its value. */
void kt_check_note(enum kt_check_id check, double value, struct kt_check_tally *tally);
