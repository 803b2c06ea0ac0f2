/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's log, at every level, read from /dev/kmsg when the test is over and sent to the
 * host in pieces. The console has only what the log level let through. Called by init.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "guest/guest.h"

#define KT_GUEST_DMESG_BYTES (1u << 20) /* the newest lines are kept */

/* Zero bytes are the start. */
struct kt_guest_dmesg {
	struct kt_str text;    /* lines as dmesg prints them: "[   12.345678] text" */
	uint64_t cut_bytes;    /* of older lines that had no room */
	uint64_t next_seq;     /* of the record expected next */
	uint64_t lost_records; /* overwritten in the kernel's buffer before they were read */
};

void kt_guest_dmesg_done(struct kt_guest_dmesg *d);
/*
 * One record as a read of /dev/kmsg returns it. Each line of its text gets the time stamp; its
 * properties are left out. A fragment of a line that the kernel could not join stands alone,
 * as on the console.
 */
void kt_guest_dmesg_add(struct kt_guest_dmesg *d, const char *record, size_t bytes);
/* All records that the non-blocking FD has now, until DEADLINE_NS. 0 or -errno. */
int kt_guest_dmesg_read(struct kt_guest_dmesg *d, int fd, uint64_t deadline_ns);
/* Keep at most MAX bytes: the newest whole lines. */
void kt_guest_dmesg_trim(struct kt_guest_dmesg *d, size_t max);

/* Read it all and send it; what fails is said on the console only. */
void kt_guest_dmesg_send(struct kt_guest *g);
