/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine a test asks for. */
#ifndef KTSTR_TOPOLOGY_H
#define KTSTR_TOPOLOGY_H

/* A count of 0 takes the default: 1 node, 1 LLC, 2 cores per LLC, 1 thread per core. */
struct ktstr_topology {
	unsigned nodes;	  /* NUMA nodes */
	unsigned llcs;	  /* last-level caches of the whole machine, a multiple of nodes */
	unsigned cores;	  /* per LLC */
	unsigned threads; /* per core */
};

#endif
