/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world of a scenario on this machine: that of a guest, with the cgroups of one folder, and
 * with a look at workers that stand still. Runs in the scenario's own process.
 */
#pragma once

#include "guest/child.h"
#include "run/host_cgroup.h"
#include "scenario/plan.h"

/* The whole scenario, to be over at LIMIT_NS; frames go to FD. */
void kt_run_host_env_run(const struct kt_plan *plan, const struct kt_run_host_cgroup *cgroup,
	uint64_t limit_ns, struct kt_guest_shared *shared, int fd);
