/* SPDX-License-Identifier: GPL-2.0-only */
/* The descriptor of a test, which KTSTR_TEST fills and registers. */
#ifndef KTSTR_TEST_H
#define KTSTR_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include <ktstr/check.h>
#include <ktstr/scenario.h>
#include <ktstr/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KTSTR_DEFAULT_DURATION_MS 12000

struct ktstr_ctx;

struct ktstr_test {
	const char *name; /* the identifier given to KTSTR_TEST */
	const char *file;
	int line;
	const char *description; /* one line, not empty */

	struct ktstr_topology topology;
	uint64_t duration_ms; /* of the workload; 0: KTSTR_DEFAULT_DURATION_MS */
	unsigned memory_mib;  /* at least this much guest memory; 0: computed */
	/*
	 * Let the kernel choose its own address at each boot (KASLR). Boots the bzImage; a kernel
	 * without one, or built without RANDOMIZE_BASE, skips the test. Off: symbols are where
	 * vmlinux has them.
	 */
	bool kaslr;
	struct ktstr_checks checks;
	/* Globs over console lines of kernel complaints that do not fail this test; NULL at the end. */
	const char *const *allow_complaints;

	/* Exactly one of the two: the scenario as data, or a function that drives it. */
	const struct ktstr_step *steps;
	void (*body)(struct ktstr_ctx *ctx);
};

/* A registered test. The constructor of KTSTR_TEST only links its node. */
struct ktstr_node {
	const struct ktstr_test *test;
	struct ktstr_node *next;
};

void ktstr_link(struct ktstr_node *node);

#ifdef __cplusplus
}
#endif

#endif
