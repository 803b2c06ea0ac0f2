/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test with a body may call while it runs in its machine. What the body makes lives
 * until the body returns and is then torn down; its workers are judged by the test's checks.
 * Calls return 0 or a negative errno; every failure is recorded in the result by itself, so
 * a body may ignore them or return early.
 */
#ifndef KTSTR_CTX_H
#define KTSTR_CTX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ktstr/claim.h>
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
/*
 * Run a payload from its start to its end; a check of it that fails, fails the test. CALL may be
 * NULL. *RET, unless NULL, is filled when this returns 0. The test must name it in .payloads.
 */
int ktstr_run_payload(struct ktstr_ctx *ctx, const struct ktstr_payload *payload,
	const struct ktstr_payload_call *call, struct ktstr_payload_result *ret);
/* The value of a metric, FALLBACK when there is none of that name. */
double ktstr_metric(const struct ktstr_payload_result *result, const char *name, double fallback);
/* Let the workers run for MS milliseconds, at most for the rest of the duration. */
int ktstr_hold_ms(struct ktstr_ctx *ctx, uint64_t ms);

/*
 * Let what was made come to rest for SETTLE_MS, then begin a phase of its own and hold for MS:
 * what is measured in that phase has not seen the start.
 */
int ktstr_settled_hold_ms(struct ktstr_ctx *ctx, uint64_t settle_ms, uint64_t ms);

/*
 * Iterations of the workers that a cgroup has now, NULL: of all; 0 when it has none. A name that
 * no cgroup ever had fails the test.
 */
uint64_t ktstr_iterations(struct ktstr_ctx *ctx, const char *cgroup);
/*
 * Each fills RET with at most ROOM numbers and returns how many there are, which may be more; a
 * ROOM of 0 only counts. What fails is recorded and returned as a negative errno.
 */
/* The CPUs that SPEC means on this machine. */
int ktstr_cpus(struct ktstr_ctx *ctx, struct ktstr_cpus spec, unsigned *ret_cpus, size_t room);
/* The workers of a cgroup, NULL being that of the harness; a name as for ktstr_iterations(). */
size_t ktstr_pids(struct ktstr_ctx *ctx, const char *cgroup, pid_t *ret_pids, size_t room);
/* What the op capture_cgroup_procs has noted first under TAG. */
int ktstr_captured_procs(struct ktstr_ctx *ctx, const char *tag, pid_t *ret_pids, size_t room);

/* The phase of the scenario at this moment, as results are marked with it. */
unsigned ktstr_phase(const struct ktstr_ctx *ctx);
/* The process of the scheduler under test; 0: the kernel's own scheduler is in charge. */
pid_t ktstr_scheduler_pid(const struct ktstr_ctx *ctx);
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
