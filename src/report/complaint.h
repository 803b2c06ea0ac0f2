/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the kernel's own complaints (WARNING, BUG, Oops, stalls, panic, ...) in the lines of
 * its console. Fed with pieces as they arrive; the report decides what they mean.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

#define KT_COMPLAINT_LINE_BYTES 512u
#define KT_COMPLAINTS_MAX	64u

struct kt_complaint {
	const char *kind;     /* "warning", "bug", ... */
	const char *sentence; /* what such a complaint means */
	bool is_stall;	      /* a host that gave no CPU can be the cause */
	bool is_panic;
	bool is_oom;			    /* more memory can be the remedy */
	unsigned line_number;		    /* of the console, from 1 */
	char line[KT_COMPLAINT_LINE_BYTES]; /* without the time stamp */
};

/* Zero bytes are a scan that has seen nothing. */
struct kt_complaint_scan {
	char line[KT_COMPLAINT_LINE_BYTES]; /* the line that is still coming in, cut where longer */
	size_t len;
	unsigned line_number;
	unsigned report_lines; /* left of the report of a bug: its Oops is not a second complaint */
	bool began;	       /* the first line, the kernel's in any case, was seen */
	bool stamped;	       /* it had a time stamp: lines without are not the kernel's */
	KT_VEC(struct kt_complaint) found;
	unsigned more; /* found beyond KT_COMPLAINTS_MAX */
};

void kt_complaint_feed(struct kt_complaint_scan *s, const void *data, size_t bytes);
/* Judge the last line as if it had ended. For the end of the run, and harmless before it. */
void kt_complaint_flush(struct kt_complaint_scan *s);
void kt_complaint_done(struct kt_complaint_scan *s);

/* Whether one of GLOBS (NULL-terminated, or NULL) matches the line. */
bool kt_complaint_allowed(const struct kt_complaint *c, const char *const *globs);
