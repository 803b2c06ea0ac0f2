/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run costs the host beyond guest RAM: anonymous and file pages of this process. Guest
 * RAM is a memfd, which the kernel counts apart as shared memory.
 */
#pragma once

#include <stdint.h>

struct kt_run_memory {
	uint64_t own_bytes;   /* anonymous and file pages */
	uint64_t guest_bytes; /* shared memory */
	uint64_t peak_bytes;  /* the most of all three together, ever */
};

/* Of the text of /proc/PID/status; what it does not say is 0. */
struct kt_run_memory kt_run_memory_parse(const char *status);

/*
 * Before the guest has RAM: *MAX becomes what preparing the run took at most, as far as this
 * process has not had a guest before.
 */
void kt_run_memory_begin(uint64_t *max_bytes);
/* Raise *MAX to what is in use now. */
void kt_run_memory_look(uint64_t *max_bytes);
