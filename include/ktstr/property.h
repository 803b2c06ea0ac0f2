/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named properties of a scheduler, the rows of macros/property.def, as bodies of tests:
 *
 *	KTSTR_TEST(fair, "my scheduler is fair to tasks that are not pinned",
 *		.topology = KTSTR_PROPERTY_TOPOLOGY(fairness),
 *		.body = ktstr_property_fairness);
 *
 * What they find stands in the result as claims with their values. A machine too small for a
 * property skips the test. To have all of them as tests of a program: ktstr/property_tests.h.
 */
#ifndef KTSTR_PROPERTY_H
#define KTSTR_PROPERTY_H

#include <ktstr/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ktstr_ctx;

#define PROPERTY(name, nodes, llcs, cores, threads, sentence)                                      \
	void ktstr_property_##name(struct ktstr_ctx *ctx);
#include <macros/property.def>
#undef PROPERTY

#ifdef __cplusplus
}
#endif

#define PROPERTY(name, nodes, llcs, cores, threads, sentence)                                      \
	enum {                                                                                     \
		ktstr_property_nodes_##name = nodes,                                               \
		ktstr_property_llcs_##name = llcs,                                                 \
		ktstr_property_cores_##name = cores,                                               \
		ktstr_property_threads_##name = threads                                            \
	};
#include <macros/property.def>
#undef PROPERTY

/* The machine that a property is meant for; a larger one does too. */
#define KTSTR_PROPERTY_TOPOLOGY(name)                                                              \
	{                                                                                          \
		.nodes = ktstr_property_nodes_##name, .llcs = ktstr_property_llcs_##name,          \
		.cores = ktstr_property_cores_##name, .threads = ktstr_property_threads_##name     \
	}

#endif
