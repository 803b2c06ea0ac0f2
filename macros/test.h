/* SPDX-License-Identifier: GPL-2.0-only */
/* KTSTR_TEST: a constant descriptor, and a constructor that only links its node. */
#ifndef KTSTR_MACROS_TEST_H
#define KTSTR_MACROS_TEST_H

#include <macros/require.h>

#define KTSTR_NEEDS_DESCRIPTION_(quoted)                                                           \
	_Static_assert(KTSTR_BEGINS(quoted, "\"") && !KTSTR_BEGINS(quoted, "\"\""),                \
		"KTSTR_TEST: the second argument is the test's description, one line in quotes")

#define KTSTR_REGISTER_(ident)                                                                     \
	static struct ktstr_node ktstr_node_##ident = {&ktstr_test_##ident, 0};                    \
	__attribute__((constructor)) static void ktstr_link_##ident(void)                          \
	{                                                                                          \
		ktstr_link(&ktstr_node_##ident);                                                   \
	}                                                                                          \
	struct ktstr_test

/* KTSTR_TEST(name, "description", .topology = ..., .steps = ...); */
#define KTSTR_TEST(ident, ...)                                                                     \
	KTSTR_NEEDS_DESCRIPTION_(#__VA_ARGS__);                                                    \
	static const struct ktstr_test ktstr_test_##ident = {                                      \
		.name = #ident, .file = __FILE__, .line = __LINE__, .description = __VA_ARGS__};   \
	KTSTR_REGISTER_(ident)

/* KTSTR_TEST_BODY(name, "description", .topology = ...) { ... uses ctx ... } */
#define KTSTR_TEST_BODY(ident, ...)                                                                \
	KTSTR_NEEDS_DESCRIPTION_(#__VA_ARGS__);                                                    \
	static void ktstr_body_##ident(struct ktstr_ctx *ctx);                                     \
	static const struct ktstr_test ktstr_test_##ident = {.name = #ident,                       \
		.file = __FILE__,                                                                  \
		.line = __LINE__,                                                                  \
		.body = ktstr_body_##ident,                                                        \
		.description = __VA_ARGS__};                                                       \
	KTSTR_REGISTER_(ident);                                                                    \
	static void ktstr_body_##ident(struct ktstr_ctx *ctx)

#endif
