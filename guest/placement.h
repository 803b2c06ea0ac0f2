/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of the placement log in the machine: appended to, never cut, bounded as a whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define KT_GUEST_PLACEMENT_PATH	 "/tmp/ktstr-placement.log"
#define KT_GUEST_PLACEMENT_BYTES (1u << 20)

/* Zero bytes with a path are a log that nobody wrote to yet. */
struct kt_guest_placement {
	const char *path; /* NULL: none is kept */
	size_t bytes;	  /* written so far */
};

/* False: the line does not fit any more, or the file cannot be written. */
bool kt_guest_placement_add(struct kt_guest_placement *p, const char *line);
