/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Include this once in a test program, and every ready-made scenario is a test of it, named
 * "canned_" and the scenario's name. What the tests have besides is yours to say before:
 *
 *	#define KTSTR_CANNED_FIELDS .checks = CHECKS(.not_starved = true), .duration_ms = 4000
 *	#include <ktstr/canned_tests.h>
 */
#ifndef KTSTR_CANNED_TESTS_H
#define KTSTR_CANNED_TESTS_H

#include <ktstr/canned.h>
#include <ktstr/ktstr.h>

#ifndef KTSTR_CANNED_FIELDS
#define KTSTR_CANNED_FIELDS .checks = KTSTR_CHECKS(.not_starved = true)
#endif

/* Tests are declared in C: KTSTR_TEST needs its designated initialisers. */
#ifndef __cplusplus
#define CANNED(name, nodes_, llcs_, cores_, threads_, sentence)                                    \
	KTSTR_TEST(canned_##name, sentence, .topology = KTSTR_CANNED_TOPOLOGY(name),               \
		.scenario = KTSTR_CANNED(name), KTSTR_CANNED_FIELDS);
#include <macros/canned.def>
#undef CANNED
#endif

#endif
