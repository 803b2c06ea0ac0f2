/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Literals of the scenario's parts. Lists are constant arrays that end with an empty element;
 * at file scope they have static storage, so a whole scenario needs no code to exist.
 */
#ifndef KTSTR_MACROS_LISTS_H
#define KTSTR_MACROS_LISTS_H

#include <stddef.h>

#include <macros/require.h>

/* NODES, LLCS (of the whole machine), CORES per LLC, THREADS per core. */
#define KTSTR_TOPOLOGY(nodes_, llcs_, cores_, threads_)                                            \
	{                                                                                          \
		.nodes = (nodes_) +                                                                \
			KTSTR_REQUIRE(                                                             \
				(nodes_) > 0 && (llcs_) > 0 && (cores_) > 0 && (threads_) > 0,     \
				"KTSTR_TOPOLOGY: nodes, LLCs, cores and threads must all be at "   \
				"least 1") +                                                       \
			KTSTR_REQUIRE((llcs_) % ((nodes_) > 0 ? (nodes_) : 1) == 0,                \
				"KTSTR_TOPOLOGY: the LLCs of the machine must divide evenly "      \
				"among its nodes"),                                                \
		.llcs = (llcs_), .cores = (cores_), .threads = (threads_)                          \
	}

/* Times in milliseconds, above 0. */
#define KTSTR_MS(n)                                                                                \
	((n) + KTSTR_REQUIRE((n) > 0, "KTSTR_MS: a duration must be longer than zero"))
#define KTSTR_SECONDS(n)                                                                           \
	((n)*1000 + KTSTR_REQUIRE((n) > 0, "KTSTR_SECONDS: a duration must be longer than zero"))

#define KTSTR_CHECKS(...)                                                                          \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

#define KTSTR_STEPS(...)   ((const struct ktstr_step[]){__VA_ARGS__, {.require_ = 0}})
#define KTSTR_OPS(...)	   ((const struct ktstr_op[]){__VA_ARGS__, {.kind = KTSTR_OP_END}})
#define KTSTR_CGROUPS(...) ((const struct ktstr_cgroup[]){__VA_ARGS__, {.name = NULL}})
#define KTSTR_WORKS(...)   ((const struct ktstr_work[]){__VA_ARGS__, {.kind = KTSTR_WORK_END}})
#define KTSTR_ALLOW(...)   ((const char *const[]){__VA_ARGS__, NULL})

/* KTSTR_STEP(hold, .ops = KTSTR_OPS(...), .cgroups = KTSTR_CGROUPS(...)) */
#define KTSTR_STEP(...)                                                                            \
	{                                                                                          \
		.require_ = KTSTR_REQUIRE(                                                         \
			sizeof(#__VA_ARGS__) > 1 && !KTSTR_BEGINS(#__VA_ARGS__, "."),              \
			"KTSTR_STEP: a step begins with its hold, such as KTSTR_HOLD_FULL or "     \
			"KTSTR_HOLD_MS(500)"),                                                     \
		.hold = __VA_ARGS__                                                                \
	}

/* KTSTR_CGROUP("left", .cpuset = KTSTR_CPUS_LLC(0), .work = KTSTR_WORKS(...)) */
#define KTSTR_CGROUP(...)                                                                          \
	{                                                                                          \
		.name = __VA_ARGS__                                                                \
	}

#define KTSTR_HOLD_FULL	   {.kind = KTSTR_HOLD_KIND_FRAC, .frac = 1.0}
#define KTSTR_HOLD_FRAC(f) {.kind = KTSTR_HOLD_KIND_FRAC, .frac = (f)}
#define KTSTR_HOLD_MS(n)   {.kind = KTSTR_HOLD_KIND_MS, .ms = (n)}
#define KTSTR_HOLD_LOOP(n)                                                                         \
	{                                                                                          \
		.kind = KTSTR_HOLD_KIND_LOOP,                                                      \
		.ms = (n) + KTSTR_REQUIRE((n) > 0,                                                 \
				    "KTSTR_HOLD_LOOP: the interval must be longer than zero")      \
	}

#define KTSTR_CPUS_LLC(i)      {.kind = KTSTR_CPUS_KIND_LLC, .index = (i)}
#define KTSTR_CPUS_NUMA(i)     {.kind = KTSTR_CPUS_KIND_NUMA, .index = (i)}
#define KTSTR_CPUS_EXACT(l)    {.kind = KTSTR_CPUS_KIND_EXACT, .list = (l)}
#define KTSTR_CPUS_RANGE(a, b) {.kind = KTSTR_CPUS_KIND_RANGE, .from = (a), .to = (b)}
#define KTSTR_CPUS_DISJOINT(i, n)                                                                  \
	{                                                                                          \
		.kind = KTSTR_CPUS_KIND_DISJOINT, .index = (i), .of = KTSTR_PART_OF_(i, n)         \
	}
#define KTSTR_CPUS_OVERLAP(i, n, f)                                                                \
	{                                                                                          \
		.kind = KTSTR_CPUS_KIND_OVERLAP, .index = (i), .of = KTSTR_PART_OF_(i, n),         \
		.fraction = (f)                                                                    \
	}
#define KTSTR_PART_OF_(i, n)                                                                       \
	((n) + KTSTR_REQUIRE((i) < (n), "KTSTR_CPUS_DISJOINT and KTSTR_CPUS_OVERLAP: parts count " \
					"from 0, so the first number must be below the second"))

#endif
