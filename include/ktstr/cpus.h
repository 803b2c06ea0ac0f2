/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs a cgroup may use, said without knowing the machine. Fractions and parts count
 * over the usable CPUs: all of them, but with more than 2 CPUs the highest one is kept for
 * the root cgroup, where the harness itself runs.
 */
#ifndef KTSTR_CPUS_H
#define KTSTR_CPUS_H

enum ktstr_cpus_kind {
	KTSTR_CPUS_KIND_UNSET,	  /* inherit from the parent */
	KTSTR_CPUS_KIND_LLC,	  /* all CPUs of LLC number index */
	KTSTR_CPUS_KIND_NUMA,	  /* all CPUs of node number index */
	KTSTR_CPUS_KIND_RANGE,	  /* usable[from * n .. to * n), 0 <= from < to <= 1 */
	KTSTR_CPUS_KIND_DISJOINT, /* part index of `of` equal parts; the last takes the remainder */
	KTSTR_CPUS_KIND_OVERLAP,  /* the same part, widened on both sides by fraction * its size */
	KTSTR_CPUS_KIND_EXACT,	  /* the kernel's list format */
};

struct ktstr_cpus {
	enum ktstr_cpus_kind kind;
	unsigned index, of;
	double from, to;
	double fraction;
	const char *list;
};

#endif
