/* SPDX-License-Identifier: GPL-2.0-only */
/* Wrong use stops at compile time with a sentence; tests/compile_fail has one file for each. */
#ifndef KTSTR_MACROS_REQUIRE_H
#define KTSTR_MACROS_REQUIRE_H

/* An expression of value 0 that does not compile unless COND, a constant, holds. */
#define KTSTR_REQUIRE(cond, sentence)                                                              \
	((unsigned)(0 * sizeof(struct {                                                            \
		_Static_assert(cond, sentence);                                                    \
		int unused;                                                                        \
	})))

/* Whether quoted macro arguments begin with a prefix. */
#define KTSTR_BEGINS(quoted, prefix) (__builtin_strncmp(quoted, prefix, sizeof(prefix) - 1) == 0)

#endif
