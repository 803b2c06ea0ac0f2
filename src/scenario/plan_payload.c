// SPDX-License-Identifier: GPL-2.0-only
/* The payloads a test names: in lists of its own, and all over its plan. */
#include <stdlib.h>

#include "base/mem.h"
#include "payload/rules.h"
#include "scenario/plan_list.h"

static int count_payloads(const struct ktstr_payload *const *list, size_t *ret, struct kt_err *err)
{
	size_t n = 0;
	while (list && list[n])
		if (++n > KT_PLAN_LIST_MAX)
			return kt_plan_fail_endless("payloads", "KTSTR_PAYLOADS", err);
	*ret = n;
	return 0;
}

int kt_plan_check_payloads(const struct ktstr_payload *const *list, struct kt_err *err)
{
	size_t n = 0;
	int r = count_payloads(list, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = kt_payload_check(list[i], err);
		for (size_t j = 0; r == 0 && j < i; j++)
			if (list[i] == list[j])
				r = kt_fail(err, EINVAL, "name each payload once",
					"payload '%s' is in .payloads twice",
					kt_payload_name(list[i]));
	}
	return r;
}

int kt_plan_add_payload_ops(
	struct kt_plan_backdrop *b, const struct ktstr_payload *const *list, struct kt_err *err)
{
	size_t n = 0;
	int r = count_payloads(list, &n, err);
	if (r < 0 || !n)
		return r;
	struct kt_plan_op *ops = reallocarray(b->ops, b->op_count + n, sizeof(*ops));
	if (!ops)
		return kt_fail(err, ENOMEM, "free memory", "out of memory for the plan");
	b->ops = ops;
	for (size_t i = 0; i < n; i++) {
		r = kt_payload_check(list[i], err);
		if (r < 0)
			return kt_wrap(err, r, "payload %zu", i);
		ops[b->op_count] = (struct kt_plan_op){
			.kind = KTSTR_OP_run_payload, .payload = list[i], .index = b->op_count};
		b->op_count++;
	}
	return 0;
}

struct each {
	int (*fn)(void *arg, const struct ktstr_payload *payload);
	void *arg;
	int r;
};

static void visit(struct each *e, const struct ktstr_payload *payload)
{
	if (payload && !e->r)
		e->r = e->fn(e->arg, payload);
}

static void visit_part(struct each *e, const struct kt_part *part)
{
	for (size_t i = 0; i < part->op_count; i++) {
		visit(e, part->ops[i].payload);
		visit(e, part->ops[i].def.payload);
	}
	for (size_t i = 0; i < part->cgroup_count; i++)
		visit(e, part->cgroups[i].payload);
}

int kt_plan_each_payload(const struct kt_plan *plan,
	int (*fn)(void *arg, const struct ktstr_payload *payload), void *arg)
{
	struct each e = {.fn = fn, .arg = arg};
	const struct kt_part backdrop = kt_plan_backdrop_part(&plan->backdrop);
	visit_part(&e, &backdrop);
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct kt_part part = kt_plan_step_part(&plan->steps[i], "");
		visit_part(&e, &part);
	}
	const struct ktstr_payload *const *list = plan->test->payloads;
	for (; list && *list; list++)
		visit(&e, *list);
	return e.r;
}
