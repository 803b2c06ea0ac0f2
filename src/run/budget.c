// SPDX-License-Identifier: GPL-2.0-only
/*
 * The numbers behind the deadlines. They are limits for things that have gone wrong, several
 * times what a healthy run needs on the slowest machine tried (two cores under emulation).
 */
#include "run/budget.h"

#include "base/clock.h"
#include "base/mem.h"

/* A current core under hardware virtualisation; slower machines get proportionally more. */
#define REFERENCE_MIPS 3000.0
#define SLOWEST_FACTOR 12.0
/* Assumed where the speed was not measured: as slow as emulation. */
#define UNKNOWN_FACTOR 6.0
/* Of machine and kernel together: a guest that hangs must be found within minutes. */
#define COMBINED_FACTOR 60.0

#define BOOT_BASE_MS	    10000
#define BOOT_PER_CPU_MS	    400
#define SCENARIO_GRACE_MS   15000
#define GRACE_PER_WORKER_MS 20
#define SHUTDOWN_BASE_MS    5000

/* Of what the host allows, so that the guest's own report still arrives. */
static uint64_t guest_share(uint64_t ms)
{
	return ms - ms / 5;
}

static double slowness(double speed_mips)
{
	if (speed_mips <= 0)
		return UNKNOWN_FACTOR;
	double factor = REFERENCE_MIPS / speed_mips;
	if (factor < 1)
		return 1;
	return factor > SLOWEST_FACTOR ? SLOWEST_FACTOR : factor;
}

struct kt_run_budget kt_run_budget_of(unsigned cpus, double speed_mips, double kernel_slowness,
	uint64_t duration_ms, uint64_t workers, uint64_t timeout_ms)
{
	if (timeout_ms)
		return (struct kt_run_budget){
			.whole_ms = timeout_ms, .guest_ms = guest_share(timeout_ms)};

	double slow = slowness(speed_mips) * KT_MAX(kernel_slowness, 1.0);
	slow = KT_MIN(slow, COMBINED_FACTOR);
	uint64_t grace_ms =
		(uint64_t)((SCENARIO_GRACE_MS + (double)workers * GRACE_PER_WORKER_MS) * slow);
	return (struct kt_run_budget){
		.boot_ms = (uint64_t)((BOOT_BASE_MS + (double)cpus * BOOT_PER_CPU_MS) * slow),
		.scenario_ms = duration_ms + grace_ms,
		.shutdown_ms = (uint64_t)(SHUTDOWN_BASE_MS * slow),
		.guest_ms = duration_ms + guest_share(grace_ms),
	};
}

uint64_t kt_run_budget_deadline_ns(const struct kt_run_budget *b, enum kt_outcome_stage stage,
	uint64_t now_ns, uint64_t before_ns)
{
	const uint64_t own_ms[KT_STAGE_COUNT] = {
		[KT_STAGE_BOOT] = b->boot_ms, /* and READY: until then it counts as booting */
		[KT_STAGE_SCENARIO] = b->scenario_ms,
		[KT_STAGE_SHUTDOWN] = b->shutdown_ms,
	};
	if (before_ns && (b->whole_ms || !own_ms[stage]))
		return before_ns;
	return now_ns + (b->whole_ms ? b->whole_ms : own_ms[stage]) * KT_NS_PER_MS;
}
