/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test with a body may call while it runs in its machine. What the body makes lives
 * until the body returns and is then torn down; its workers are judged by the test's checks.
 * Calls return 0 or a negative errno; every failure is recorded in the result by itself, so
 * a body may ignore them or return early.
 */
#ifndef KTSTR_CTX_H
#define KTSTR_CTX_H

#include <stdint.h>

#include <ktstr/scenario.h>
#include <ktstr/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ktstr_ctx;

/* Apply one op now. */
int ktstr_run_op(struct ktstr_ctx *ctx, const struct ktstr_op *op);
/* Make a cgroup and start its workers now. */
int ktstr_run_cgroup(struct ktstr_ctx *ctx, const struct ktstr_cgroup *cgroup);
/* Run a list of steps to its end, each with its own teardown. */
int ktstr_run_steps(struct ktstr_ctx *ctx, const struct ktstr_step *steps);
/* Let the workers run for MS milliseconds, at most for the rest of the duration. */
int ktstr_hold_ms(struct ktstr_ctx *ctx, uint64_t ms);

/* Iterations of all workers of a cgroup so far; 0 when it has none. */
uint64_t ktstr_iterations(struct ktstr_ctx *ctx, const char *cgroup);
/* The machine as it was asked for and as the guest sees it (the harness compares the two). */
struct ktstr_topology ktstr_topology(const struct ktstr_ctx *ctx);
uint64_t ktstr_duration_ms(const struct ktstr_ctx *ctx);
/* What is left of the duration. */
uint64_t ktstr_remaining_ms(const struct ktstr_ctx *ctx);
/* For the body's own random choices: --seed, or another one for each run and repeat. */
uint64_t ktstr_seed(const struct ktstr_ctx *ctx);

/* Record a failure, or a note that does not change the verdict. */
void ktstr_fail(struct ktstr_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ktstr_note(struct ktstr_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * Say why the test cannot be run on this machine and kernel; then return from the body. It is
 * skipped, unless something failed. --no-skip makes it a failure.
 */
void ktstr_skip(struct ktstr_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif

#endif
