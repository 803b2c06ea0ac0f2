/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Include this once in a test program, and every named property is a test of it, named
 * "property_" and the property's name. What the tests have besides is yours to say before:
 *
 *	#define KTSTR_PROPERTY_FIELDS .duration_ms = 4000
 *	#include <ktstr/property_tests.h>
 */
#ifndef KTSTR_PROPERTY_TESTS_H
#define KTSTR_PROPERTY_TESTS_H

#include <ktstr/ktstr.h>
#include <ktstr/property.h>

#ifndef KTSTR_PROPERTY_FIELDS
#define KTSTR_PROPERTY_FIELDS .duration_ms = KTSTR_SECONDS(5)
#endif

/* Tests are declared in C: KTSTR_TEST needs its designated initialisers. */
#ifndef __cplusplus
#define PROPERTY(name, nodes_, llcs_, cores_, threads_, sentence)                                  \
	KTSTR_TEST(property_##name, sentence, .topology = KTSTR_PROPERTY_TOPOLOGY(name),           \
		.body = ktstr_property_##name, KTSTR_PROPERTY_FIELDS);
#include <macros/property.def>
#undef PROPERTY
#endif

#endif
