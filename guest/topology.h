/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine as the kernel shows it in sysfs, compared with what was asked for: a test on
 * another machine than its author meant proves nothing. Called by agent.c.
 */
#pragma once

#include <stddef.h>

#include "base/cpumask.h"
#include "base/err.h"
#include "base/str.h"
#include "topo/model.h"

/* One online CPU. Numbers that sysfs does not show are -1, sets empty. */
struct kt_guest_cpu {
	int node, package, die, core_id;
	struct kt_cpus threads; /* of its core */
	struct kt_cpus llc;	/* sharing its level 3 cache */
};

struct kt_guest_topology {
	struct kt_cpus online;
	unsigned node_count;			   /* nodes that have CPUs */
	struct kt_cpus memory_nodes;		   /* nodes that have memory */
	struct kt_guest_cpu cpu[KT_TOPO_CPUS_MAX]; /* by number; only the online ones count */
};

/* SYSFS is "/sys", or a test's copy. *RET is malloced. 0 or -errno. */
int kt_guest_topology_read(const char *sysfs, struct kt_guest_topology **ret, struct kt_err *err);

/* "2n4l4c2t" when the machine is regular, else a sentence. */
void kt_guest_topology_text(const struct kt_guest_topology *seen, struct kt_str *out);
/* Appends nothing when SEEN is as ASKED, else both forms and the first CPU that differs. */
void kt_guest_topology_compare(
	const struct kt_guest_topology *seen, const struct kt_topo *asked, struct kt_str *out);
