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
	/*
	 * Run on the kernel, CPUs and cgroups of the machine where the program is started: there is
	 * no guest. The topology then is what that machine must have at least; with less the test
	 * is skipped. Excludes kaslr and memory_mib, which describe a guest.
	 */
	bool host_only;
	struct ktstr_checks checks;
	/* What the scheduler under test promises in every test; NULL: nothing. checks override it.
	 */
	const struct ktstr_checks *scheduler_checks;
	/* What numbers of the test mean, for claims that one is better; ends with a NULL name. */
	const struct ktstr_metric_hint *metrics;
	/* Globs over console lines of kernel complaints that do not fail this test; NULL at the
	 * end. */
	const char *const *allow_complaints;

	/*
	 * Programs that a body runs, in a list that ends with NULL: they must be in the machine.
	 * Those that steps name are there anyway.
	 */
	const struct ktstr_payload *const *payloads;

	/* What lasts from before the first step, or before the body, until the end. */
	struct ktstr_backdrop backdrop;

	/*
	 * Exactly one of the three: the scenario as data, one that was made elsewhere (with a
	 * backdrop of its own in place of the test's), or a function that drives it.
	 */
	const struct ktstr_step *steps;
	const struct ktstr_scenario *scenario;
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
