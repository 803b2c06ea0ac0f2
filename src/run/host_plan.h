/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan of a host_only test: its scenario for the CPUs that this machine has. */
#pragma once

#include "base/err.h"
#include "run/host_topo.h"
#include "run/run.h"
#include "scenario/plan.h"

/*
 * The plan of TEST for its REPEAT-th run on HOST, which is borrowed by the plan. -ENOTSUP: the
 * machine has not what the test asks for, which is a reason to skip it; what is wrong with the
 * test on any machine is another -errno.
 */
int kt_run_host_plan(const struct kt_run_options *o, const struct kt_run_host_topo *host,
	const struct ktstr_test *test, unsigned repeat, struct kt_plan **ret, struct kt_err *err);
