/* SPDX-License-Identifier: GPL-2.0-only */
/* How busy the CPUs are on which the caller may run, from /proc/stat. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct kt_busy {
	uint64_t busy, all; /* clock ticks since the boot, summed over the CPUs */
};

/* Zeros when the kernel does not say. */
void kt_busy_read(struct kt_busy *ret);
/* Between two readings, 0 to 100; 0 when no time has passed. */
double kt_busy_pct(const struct kt_busy *from, const struct kt_busy *to);
/* One line of /proc/stat; false when it is not of a CPU of its own, or malformed. */
bool kt_busy_line(const char *line, unsigned *ret_cpu, struct kt_busy *ret);
