/* SPDX-License-Identifier: GPL-2.0-only */
/* A scheduler that a test starts: a program which loads it and stays while it is in charge. */
#ifndef KTSTR_SCHED_H
#define KTSTR_SCHED_H

struct ktstr_sched {
	/* Names its log and its messages: at most 128 bytes, no '/', no '.' in front. */
	const char *name;
	const char *program;	 /* file on the host; it is packed into the machine */
	const char *const *args; /* NULL at the end; NULL: none */
};

#endif
