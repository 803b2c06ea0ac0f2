// SPDX-License-Identifier: GPL-2.0-only
/* Every op in a real guest, each with something that shows it worked. */
#include <ktstr/ktstr.h>

#include <stdio.h>
#include <unistd.h>

static bool has_cgroup(const char *name)
{
	char path[256];
	snprintf(path, sizeof(path), "/sys/fs/cgroup/ktstr/%s", name);
	return access(path, F_OK) == 0;
}

KTSTR_TEST(tables, "all ops from tables, in an order that needs each of them",
	.topology = TOPOLOGY(1, 2, 2, 1), .duration_ms = SECONDS(4),
	.checks = CHECKS(.isolation = true),
	.steps = STEPS(
		STEP(HOLD_FRAC(0.2),
			.ops = OPS(OP(add_cgroup, .name = "a"),
				OP(set_cpuset, .cgroup = "a", .cpus = CPUS_LLC(0)),
				OP(spawn, .cgroup = "a", .work = WORKS(WORK(spin_wait))),
				OP(add_cgroup_def,
					.def = CGROUPS(CGROUP("b", .cpuset = CPUS_LLC(1)))),
				OP(spawn, .in_runner = true, .work = WORKS(WORK(yield_heavy))))),
		STEP(HOLD_FRAC(0.2),
			.ops = OPS(OP(add_cgroup_def, .def = CGROUPS(CGROUP("a", .cpuset = CPUS_EXACT("0")))),
				OP(stop_cgroup, .cgroup = "a"),
				OP(remove_cgroup, .cgroup = "a"),
				OP(add_cgroup_def, .def = CGROUPS(CGROUP("a", .cpuset = CPUS_EXACT("1"))))))));

KTSTR_TEST_BODY(observed, "what ops do is seen in cgroupfs and in the workers' progress",
	.topology = TOPOLOGY(1, 1, 2, 1), .duration_ms = SECONDS(5))
{
	DO(ctx, add_cgroup, .name = "a");
	DO(ctx, add_cgroup, .name = "b");
	if (!has_cgroup("a") || !has_cgroup("b"))
		ktstr_fail(ctx, "add_cgroup made no folder");
	DO(ctx, spawn, .cgroup = "a", .work = WORKS(WORK(spin_wait)));
	ktstr_hold_ms(ctx, 500);
	DO(ctx, move_all_tasks, .from = "a", .to = "b");
	if (ktstr_iterations(ctx, "a") != 0 || ktstr_iterations(ctx, "b") == 0)
		ktstr_fail(ctx, "move_all_tasks did not take the workers along");
	DO(ctx, stop_cgroup, .cgroup = "b");
	if (ktstr_iterations(ctx, "b") != 0 || !has_cgroup("b"))
		ktstr_fail(ctx, "stop_cgroup must stop the workers and keep the cgroup");
	DO(ctx, remove_cgroup, .cgroup = "b");
	if (has_cgroup("b"))
		ktstr_fail(ctx, "remove_cgroup left the folder");
}
