// SPDX-License-Identifier: GPL-2.0-only
/* What describes a guest has no meaning on the host, and must not be lost in silence. */
#include "scenario/plan_host.h"

#include "scenario/op_info.h"
#include "scenario/plan.h"

static int check_fields(const struct ktstr_test *test, struct kt_err *err)
{
	const char *field = test->kaslr ? ".kaslr" : test->memory_mib ? ".memory_mib" : NULL;
	if (!field)
		return 0;
	return kt_fail(err, EINVAL, "leave out one of the two",
		"it has .host_only and %s: without a guest there is nothing that %s could change",
		field, field);
}

static int check_ops(const struct ktstr_op *ops, struct kt_err *err)
{
	for (size_t i = 0; ops && ops[i].kind != KTSTR_OP_END; i++) {
		const struct kt_op_info *info = kt_op_info(ops[i].kind);
		if (!info || !info->needs)
			continue;
		return kt_fail(err, EINVAL, "drop the op, or .host_only: a guest has what it needs",
			"op %zu (%s): %s", i, info->name,
			info->needs == KT_OP_NEEDS_scheduler
				? "a host_only test runs under the scheduler this machine has"
				: "a host_only test has no guest to look into from outside");
	}
	return 0;
}

int kt_plan_check_host_only(const struct ktstr_test *test, struct kt_err *err)
{
	if (!test->host_only)
		return 0;
	const struct ktstr_scenario scenario = kt_plan_scenario_of(test);
	const struct ktstr_step *steps = scenario.steps;
	int r = check_fields(test, err);
	if (r < 0)
		return r;
	r = check_ops(scenario.backdrop.ops, err);
	if (r < 0)
		return kt_wrap(err, r, "the backdrop");
	for (size_t i = 0; r == 0 && steps && steps[i].hold.kind != KTSTR_HOLD_KIND_END; i++) {
		r = check_ops(steps[i].ops, err);
		if (r < 0)
			r = kt_wrap(err, r, "step %zu", i);
	}
	return r;
}
