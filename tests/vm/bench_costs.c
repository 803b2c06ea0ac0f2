// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the harness itself costs in a guest, measured by ninja bench: an op beside the same
 * write by hand, and a metered spinner beside one that only counts. Both take turns, and the
 * numbers go out as notes "NAME=VALUE".
 */
#include <ktstr/custom.h>
#include <ktstr/ktstr.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scenario/task_stat.h"

#define ROUNDS	200
#define SPINS	24
#define SPIN_MS 250
#define FREEZE	"/sys/fs/cgroup/ktstr/a/cgroup.freeze"

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return values[count / 2];
}

static double op_us(struct ktstr_ctx *ctx)
{
	uint64_t start_ns = kt_now_ns();
	DO(ctx, unfreeze_cgroup, .cgroup = "a");
	return (double)(kt_now_ns() - start_ns) / 1000;
}

/* The same with nothing around it. Negative: it failed. */
static double write_us(void)
{
	uint64_t start_ns = kt_now_ns();
	int fd = open(FREEZE, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, "0", 1) == 1;
	if (fd >= 0)
		close(fd);
	return written ? (double)(kt_now_ns() - start_ns) / 1000 : -1;
}

KTSTR_TEST_BODY(op_cost, "an op that only writes a file of a cgroup, beside that write",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(30))
{
	double op[ROUNDS], by_hand[ROUNDS];
	DO(ctx, add_cgroup, .name = "a");
	for (int i = 0; i < ROUNDS; i++) {
		op[i] = op_us(ctx);
		by_hand[i] = write_us();
		if (by_hand[i] < 0)
			ktstr_fail(ctx, "cannot write " FREEZE);
	}
	ktstr_note(ctx, "op_us=%.1f", median(op, ROUNDS));
	ktstr_note(ctx, "write_us=%.1f", median(by_hand, ROUNDS));
}

static void count_only(struct ktstr_custom *c)
{
	while (!ktstr_custom_stopped(c)) {
		for (int i = 0; i < 1024; i++)
			__builtin_ia32_pause();
		ktstr_custom_progress(c, 1, 1);
	}
}

/* Iterations per second of CPU time of a cgroup with one worker. */
static double rate_of(struct ktstr_ctx *ctx, const char *cgroup)
{
	pid_t pid = 0;
	ktstr_pids(ctx, cgroup, &pid, 1);
	uint64_t before = ktstr_iterations(ctx, cgroup), before_ns = kt_task_run_ns(pid);
	ktstr_hold_ms(ctx, SPIN_MS);
	uint64_t ran_ns = kt_task_run_ns(pid) - before_ns;
	return ran_ns ? (double)(ktstr_iterations(ctx, cgroup) - before) / (double)ran_ns * 1e9 : 0;
}

/* One kind, alone on the machine for a while. */
static double spin(struct ktstr_ctx *ctx, const struct ktstr_work *work)
{
	const struct ktstr_cgroup cgroup = {.name = "b", .cpuset = CPUS_EXACT("0"), .work = work};
	double rate = ktstr_run_cgroup(ctx, &cgroup) < 0 ? 0 : rate_of(ctx, "b");
	DO(ctx, remove_cgroup, .cgroup = "b");
	return rate;
}

KTSTR_TEST_BODY(meter_cost, "a spinner that is metered, beside one that only counts",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(30))
{
	/* A disturbance only ever slows: the fastest of many turns was disturbed the least. */
	double metered = 0, counted = 0;
	for (int i = 0; i < SPINS; i++) {
		metered = KT_MAX(metered, spin(ctx, WORKS(WORK(spin_wait))));
		counted = KT_MAX(
			counted, spin(ctx, WORKS(WORK(custom, .custom = {.run = count_only}))));
	}
	ktstr_note(ctx, "meter_pct=%.2f", counted > 0 ? 100 * (1 - metered / counted) : 100);
}
