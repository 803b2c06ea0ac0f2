/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ready-made scenarios, the rows of macros/canned.def, to be named by a test:
 *
 *	KTSTR_TEST(mine, "my scheduler when cpusets shrink",
 *		.topology = KTSTR_CANNED_TOPOLOGY(cpuset_resize),
 *		.checks = CHECKS(.not_starved = true),
 *		.scenario = KTSTR_CANNED(cpuset_resize));
 *
 * To have all of them as tests of a program: ktstr/canned_tests.h. Holds are fractions of the
 * test's duration, so that any duration from about two seconds on will do.
 */
#ifndef KTSTR_CANNED_H
#define KTSTR_CANNED_H

#include <ktstr/scenario.h>
#include <ktstr/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CANNED(name, nodes, llcs, cores, threads, sentence)                                        \
	extern const struct ktstr_scenario ktstr_canned_##name;
#include <macros/canned.def>
#undef CANNED

#ifdef __cplusplus
}
#endif

#define CANNED(name, nodes, llcs, cores, threads, sentence)                                        \
	enum {                                                                                     \
		ktstr_canned_nodes_##name = nodes,                                                 \
		ktstr_canned_llcs_##name = llcs,                                                   \
		ktstr_canned_cores_##name = cores,                                                 \
		ktstr_canned_threads_##name = threads                                              \
	};
#include <macros/canned.def>
#undef CANNED

#define KTSTR_CANNED(name) (&ktstr_canned_##name)
/* The machine that a scenario is meant for; a larger one does too. */
#define KTSTR_CANNED_TOPOLOGY(name)                                                                \
	{                                                                                          \
		.nodes = ktstr_canned_nodes_##name, .llcs = ktstr_canned_llcs_##name,              \
		.cores = ktstr_canned_cores_##name, .threads = ktstr_canned_threads_##name         \
	}

#endif
