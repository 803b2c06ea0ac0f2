/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places in the memory of the test's kernel, and what is read from or written to them. The
 * host does that, from outside: nothing in the machine notices, and nothing is protected.
 * Fields that the kernel keeps in step with others (rq.nr_running, load sums, shares) break
 * it in silent ways when they are written; jiffies_64 may be moved forward.
 */
#ifndef KTSTR_KERNEL_H
#define KTSTR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum ktstr_kernel_place {
	KTSTR_KERNEL_PLACE_UNSET,
	KTSTR_KERNEL_PLACE_SYMBOL,  /* a symbol of vmlinux */
	KTSTR_KERNEL_PLACE_DIRECT,  /* an address in the direct map */
	KTSTR_KERNEL_PLACE_VIRTUAL, /* any address of the kernel, found by its page tables */
	KTSTR_KERNEL_PLACE_PER_CPU, /* a field of a per-CPU symbol, on one CPU */
	KTSTR_KERNEL_PLACE_TASK,    /* a field of a task_struct, such as "scx.weight" */
};

struct ktstr_kernel_target {
	enum ktstr_kernel_place place;
	const char *symbol; /* SYMBOL, PER_CPU: runqueues, kernel_cpustat, kstat, tick_cpu_sched */
	const char *field;  /* PER_CPU, TASK: members joined by '.' */
	uint64_t address;   /* DIRECT, VIRTUAL */
	unsigned cpu;	    /* PER_CPU */
	int pid;	    /* TASK */
	uint64_t start;	    /* TASK: when it started, field 22 of /proc/PID/stat; guards reuse */
};

enum ktstr_kernel_format {
	KTSTR_KERNEL_FORMAT_UNSET,
	KTSTR_KERNEL_FORMAT_U32,
	KTSTR_KERNEL_FORMAT_U64,
	KTSTR_KERNEL_FORMAT_BYTES,
	KTSTR_KERNEL_FORMAT_OR_U32, /* set bits of what is there; only while all CPUs stand */
};

/* What is written; as the width of a read only format and byte_count say something. */
struct ktstr_kernel_value {
	enum ktstr_kernel_format format;
	uint64_t number;
	const void *bytes; /* of BYTES */
	size_t byte_count; /* of BYTES */
};

/* A list of writes ends with a target of KTSTR_KERNEL_PLACE_UNSET. */
struct ktstr_kernel_write {
	struct ktstr_kernel_target target;
	struct ktstr_kernel_value value;
};

#endif
