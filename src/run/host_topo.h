/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine this program runs on as a topology for plans: of the CPUs it may use, as many as
 * make a regular one (as many LLCs in each node, cores in each LLC, threads in each core). What
 * is irregular is left out, so that a plan never promises what is not there.
 */
#pragma once

#include <ktstr/topology.h>

#include "base/cpumask.h"
#include "base/err.h"
#include "base/str.h"
#include "topo/model.h"

struct kt_run_host_topo {
	struct kt_topo_map map;
	struct kt_topo topo;	 /* points to the map: must not be copied */
	struct kt_cpus left_out; /* may be used, and is not */
	char text[256];		 /* for reports: "1n2l2c1t, CPUs 0-3" */
};

/* Of SYSFS ("/sys") the CPUs of ALLOWED. *RET is malloced. 0 or -errno. */
int kt_run_host_topo_read(const char *sysfs, const struct kt_cpus *allowed,
	struct kt_run_host_topo **ret, struct kt_err *err);
/* The CPUs this process may run on. 0 or -errno. */
int kt_run_host_allowed(struct kt_cpus *ret, struct kt_err *err);
/*
 * Whether HAVE has at least what a test asks for, count by count; a count of 0 asks for nothing.
 * Appends what is missing to OUT: "4 LLCs are asked for, and there are 2".
 */
bool kt_run_host_topo_covers(
	const struct kt_topo *have, const struct ktstr_topology *asked, struct kt_str *out);
