/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hand-off from judging to reporting: the verdict of one test with the details that led
 * to it, the tally of many, and the only place that maps a verdict to an exit status.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/* Ordered: the worst of several is the largest. */
enum kt_verdict_kind {
	KT_VERDICT_SKIP,
	KT_VERDICT_PASS,
	KT_VERDICT_INCONCLUSIVE,
	KT_VERDICT_FAIL,
	KT_VERDICT_ERROR, /* the harness could not run the test, or not as it was asked to */
	KT_VERDICT_COUNT
};

#define KT_VERDICT_NO_PHASE (-1)
#define KT_VERDICT_MAX	    128u

struct kt_verdict_detail {
	enum kt_verdict_kind kind; /* what this alone would make of the test */
	char name[32];		   /* the check, or the rule that found it: "max_gap_ms", "panic" */
	char where[192];	   /* "left, worker 1"; "" when it concerns the whole run */
	int phase;		   /* or KT_VERDICT_NO_PHASE */
	bool has_value;		   /* value, bound and unit say something */
	double value, bound;
	const char *unit; /* static */
	char *text;
	char *fix;
};

/* One check of the test: what it demanded, of how many, and what came of it. Texts are static. */
struct kt_verdict_check {
	const char *name, *unit;
	const char *layer; /* that set the limit: "test" */
	bool is_flag;	   /* limit says nothing */
	double limit;	   /* flags: 1 */
	size_t judged;	   /* workers, works or cgroups */
	double worst;	   /* of those; 0 when there were none */
	enum kt_verdict_kind kind;
};

/* Zero bytes are a verdict nobody has given: SKIP without details. */
struct kt_verdict {
	enum kt_verdict_kind kind;
	KT_VEC(struct kt_verdict_detail) details;
	size_t more; /* details beyond KT_VERDICT_MAX: they count in kind, their text is gone */
	KT_VEC(struct kt_verdict_check) checks;
};

void kt_verdict_done(struct kt_verdict *v);
/*
 * Add HEAD (text and fix are ignored) with a formatted text: the verdict becomes the worse of
 * its own and the detail's kind. FIX is the remedy.
 */
void kt_verdict_add(struct kt_verdict *v, const struct kt_verdict_detail *head, const char *fix,
	const char *fmt, ...) __attribute__((nonnull(3, 4), format(printf, 4, 5)));

/* A line of the list of checks; the verdict's kind does not change. */
void kt_verdict_add_check(struct kt_verdict *v, const struct kt_verdict_check *c);

/*
 * The first detail that alone would make the verdict, NULL where there is none: what a line
 * that has room for one reason says.
 */
const struct kt_verdict_detail *kt_verdict_reason(const struct kt_verdict *v);
const char *kt_verdict_name(enum kt_verdict_kind kind); /* "PASS" */
enum kt_verdict_kind kt_verdict_worst(enum kt_verdict_kind a, enum kt_verdict_kind b);

/* Verdicts of many tests, by kind. */
struct kt_verdict_tally {
	unsigned count[KT_VERDICT_COUNT];
};

/* The worst of all; zero tests are an ERROR, because nothing was tested. */
enum kt_verdict_kind kt_verdict_tally_worst(const struct kt_verdict_tally *t);

/* One of exit_status.def. */
int kt_verdict_exit_code(enum kt_verdict_kind kind);
