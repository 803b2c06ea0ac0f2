/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Literals of the scenario's parts. Lists are constant arrays that end with an empty element;
 * at file scope they have static storage, so a whole scenario needs no code to exist.
 */
#ifndef KTSTR_MACROS_LISTS_H
#define KTSTR_MACROS_LISTS_H

#include <stddef.h>
#include <stdint.h>

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
#define KTSTR_PHASES(...)  ((const struct ktstr_phase[]){__VA_ARGS__, {.kind = KTSTR_PHASE_END}})
#define KTSTR_ALLOW(...)   ((const char *const[]){__VA_ARGS__, NULL})

/* A phase of the work sequence: KTSTR_PHASE(spin, 500) for 500 us. */
#define KTSTR_PHASE(kind_, us_)                                                                    \
	{                                                                                          \
		.kind = KTSTR_PHASE_##kind_,                                                       \
		.us = (us_) + KTSTR_REQUIRE((us_) > 0, "KTSTR_PHASE: a phase must be longer than " \
						       "zero")                                     \
	}

/* KTSTR_STEP(hold, .ops = KTSTR_OPS(...), .cgroups = KTSTR_CGROUPS(...)) */
#define KTSTR_STEP(...)                                                                            \
	{                                                                                          \
		.require_ = KTSTR_REQUIRE(                                                         \
			sizeof(#__VA_ARGS__) > 1 && !KTSTR_BEGINS(#__VA_ARGS__, "."),              \
			"KTSTR_STEP: a step begins with its hold, such as KTSTR_HOLD_FULL or "     \
			"KTSTR_HOLD_MS(500)"),                                                     \
		.hold = __VA_ARGS__                                                                \
	}

/* .backdrop = KTSTR_BACKDROP(.cgroups = KTSTR_CGROUPS(...), .ops = ..., .payloads = ...) */
#define KTSTR_BACKDROP(...)                                                                        \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

/* KTSTR_CGROUP("left", .cpuset = KTSTR_CPUS_LLC(0), .work = KTSTR_WORKS(...)) */
#define KTSTR_CGROUP(...)                                                                          \
	{                                                                                          \
		.name = __VA_ARGS__                                                                \
	}

/* Sizes in bytes. */
#define KTSTR_KIB(n) ((uint64_t)(n) << 10)
#define KTSTR_MIB(n) ((uint64_t)(n) << 20)

/* .cpu = KTSTR_CPU_QUOTA_PCT(150): one and a half CPUs. */
#define KTSTR_CPU_QUOTA_PCT(pct)                                                                   \
	{                                                                                          \
		.quota_pct = (pct) + KTSTR_REQUIRE((pct) > 0,                                      \
					     "KTSTR_CPU_QUOTA_PCT: a quota must be above zero")    \
	}
#define KTSTR_CPU_QUOTA(quota, period)                                                             \
	{                                                                                          \
		.quota_us = (quota) + KTSTR_REQUIRE((quota) > 0 && (period) > 0,                   \
					      "KTSTR_CPU_QUOTA: quota and period must be above "   \
					      "zero"),                                             \
		.period_us = (period)                                                              \
	}
#define KTSTR_CPU_UNLIMITED {.quota_us = KTSTR_UNLIMITED}

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

/* A number that is set, 0 too. */
#define KTSTR_SET(n) {.set = true, .value = (n)}

/* Of CPUs in list format; with _CPUS and _RANDOM_OF of any of KTSTR_CPUS_. */
#define KTSTR_AFFINITY_EXACT(l)	   KTSTR_AFFINITY_CPUS(KTSTR_CPUS_EXACT(l))
#define KTSTR_AFFINITY_CPUS(cpus_) {.kind = KTSTR_AFFINITY_KIND_EXACT, .cpus = cpus_}
#define KTSTR_AFFINITY_RANDOM(l, n) KTSTR_AFFINITY_RANDOM_OF(KTSTR_CPUS_EXACT(l), n)
#define KTSTR_AFFINITY_RANDOM_OF(cpus_, n)                                                         \
	{                                                                                          \
		.kind = KTSTR_AFFINITY_KIND_RANDOM, .cpus = cpus_, .count = (n)                    \
	}
#define KTSTR_AFFINITY_SINGLE	    {.kind = KTSTR_AFFINITY_KIND_SINGLE}
#define KTSTR_AFFINITY_LLC	    {.kind = KTSTR_AFFINITY_KIND_LLC}
#define KTSTR_AFFINITY_CROSS_CGROUP {.kind = KTSTR_AFFINITY_KIND_CROSS_CGROUP}
#define KTSTR_AFFINITY_SMT_PAIR	    {.kind = KTSTR_AFFINITY_KIND_SMT_PAIR}

#define KTSTR_POLICY_BATCH   {.kind = KTSTR_POLICY_KIND_BATCH}
#define KTSTR_POLICY_IDLE    {.kind = KTSTR_POLICY_KIND_IDLE}
#define KTSTR_POLICY_FIFO(p) {.kind = KTSTR_POLICY_KIND_FIFO, .priority = (p)}
#define KTSTR_POLICY_RR(p)   {.kind = KTSTR_POLICY_KIND_RR, .priority = (p)}
#define KTSTR_POLICY_EXT     {.kind = KTSTR_POLICY_KIND_EXT}
/* In nanoseconds. */
#define KTSTR_POLICY_DEADLINE(runtime, deadline, period)                                           \
	{                                                                                          \
		.kind = KTSTR_POLICY_KIND_DEADLINE, .runtime_ns = (runtime),                       \
		.deadline_ns = (deadline), .period_ns = (period)                                   \
	}

/* KTSTR_MEM_BIND("0-1"), or with flags KTSTR_MEM_BIND("1", .flags = KTSTR_MPOL_STATIC_NODES) */
#define KTSTR_MEM_BIND(...)	       KTSTR_MEM_OF_(BIND, __VA_ARGS__)
#define KTSTR_MEM_PREFERRED(...)       KTSTR_MEM_OF_(PREFERRED, __VA_ARGS__)
#define KTSTR_MEM_INTERLEAVE(...)      KTSTR_MEM_OF_(INTERLEAVE, __VA_ARGS__)
#define KTSTR_MEM_PREFERRED_MANY(...)  KTSTR_MEM_OF_(PREFERRED_MANY, __VA_ARGS__)
#define KTSTR_MEM_WEIGHTED_INTERLEAVE(...) KTSTR_MEM_OF_(WEIGHTED_INTERLEAVE, __VA_ARGS__)
#define KTSTR_MEM_LOCAL		       {.kind = KTSTR_MEMPOLICY_KIND_LOCAL}
#define KTSTR_MEM_OF_(kind_, ...)      {.kind = KTSTR_MEMPOLICY_KIND_##kind_, .nodes = __VA_ARGS__}

#endif
