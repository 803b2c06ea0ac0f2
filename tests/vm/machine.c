// SPDX-License-Identifier: GPL-2.0-only
/*
 * One short test, run on many topologies: the harness itself compares what sysfs shows with
 * what was asked for and refuses the run when they differ. Written without the short names.
 */
#define KTSTR_NO_SHORT_NAMES
#include <ktstr/ktstr.h>

#include <unistd.h>

KTSTR_TEST_BODY(as_asked, "the guest sees the machine that was asked for",
	.topology = KTSTR_TOPOLOGY(1, 1, 2, 1), .duration_ms = KTSTR_SECONDS(1))
{
	struct ktstr_topology t = ktstr_topology(ctx);
	unsigned cpus = t.llcs * t.cores * t.threads;
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	if (online != (long)cpus)
		ktstr_fail(ctx, "%ld CPUs are online, %u were asked for", online, cpus);
}
