/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Payloads and their parts:
 *
 *	KTSTR_PAYLOAD(messages, .program = "hackbench", .args = KTSTR_ARGS("-g", "2"));
 */
#ifndef KTSTR_MACROS_PAYLOAD_H
#define KTSTR_MACROS_PAYLOAD_H

#include <stddef.h>

#include <macros/require.h>

/* A constant at file scope. Those that a header offers need not all be used. */
#define KTSTR_PAYLOAD(ident, ...)                                                                  \
	__attribute__((unused)) static const struct ktstr_payload ident = {__VA_ARGS__}

/* In a body: KTSTR_RUN(ctx, &result, &messages, .cgroup = "a"); &result may be NULL. */
#define KTSTR_RUN(ctx, ret, payload, ...)                                                          \
	ktstr_run_payload(ctx, payload, &(const struct ktstr_payload_call){__VA_ARGS__}, ret)

#define KTSTR_ARGS(...)	    ((const char *const[]){__VA_ARGS__, NULL})
#define KTSTR_FLAGS(...)    ((const char *const[]){__VA_ARGS__, NULL})
#define KTSTR_INCLUDES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define KTSTR_PAYLOADS(...) ((const struct ktstr_payload *const[]){__VA_ARGS__, NULL})

/* KTSTR_HINTS(KTSTR_HIGHER("ops_per_s", "1/s"), KTSTR_LOWER("p99", "us")) */
#define KTSTR_HINTS(...) ((const struct ktstr_metric_hint[]){__VA_ARGS__, {.name = NULL}})
#define KTSTR_HIGHER(name_, unit_)                                                                 \
	{                                                                                          \
		.name = (name_), .polarity = KTSTR_POLARITY_HIGHER, .unit = (unit_)                \
	}
#define KTSTR_LOWER(name_, unit_)                                                                  \
	{                                                                                          \
		.name = (name_), .polarity = KTSTR_POLARITY_LOWER, .unit = (unit_)                 \
	}
#define KTSTR_TARGET(name_, x, unit_)                                                              \
	{                                                                                          \
		.name = (name_), .polarity = KTSTR_POLARITY_TARGET, .target = (x), .unit = (unit_) \
	}

/* KTSTR_EXPECT(KTSTR_EXIT_CODE(0), KTSTR_METRIC_MIN("ops", 1000)) */
#define KTSTR_EXPECT(...)                                                                          \
	((const struct ktstr_payload_check[]){__VA_ARGS__, {.kind = KTSTR_PAYLOAD_CHECK_END}})
#define KTSTR_EXIT_CODE(code)                                                                      \
	{                                                                                          \
		.kind = KTSTR_PAYLOAD_CHECK_EXIT_CODE,                                             \
		.exit_code = (code) + KTSTR_REQUIRE((code) >= 0 && (code) <= 255,                  \
					      "KTSTR_EXIT_CODE: an exit code is 0 to 255")         \
	}
#define KTSTR_METRIC_EXISTS(name_)                                                                 \
	{                                                                                          \
		.kind = KTSTR_PAYLOAD_CHECK_EXISTS, .metric = (name_)                              \
	}
#define KTSTR_METRIC_MIN(name_, x)                                                                 \
	{                                                                                          \
		.kind = KTSTR_PAYLOAD_CHECK_MIN, .metric = (name_), .min = (x)                     \
	}
#define KTSTR_METRIC_MAX(name_, x)                                                                 \
	{                                                                                          \
		.kind = KTSTR_PAYLOAD_CHECK_MAX, .metric = (name_), .max = (x)                     \
	}
#define KTSTR_METRIC_RANGE(name_, from, to)                                                        \
	{                                                                                          \
		.kind = KTSTR_PAYLOAD_CHECK_RANGE, .metric = (name_), .min = (from), .max = (to)   \
	}

#endif
