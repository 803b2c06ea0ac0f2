// SPDX-License-Identifier: GPL-2.0-only
/* Ops on payloads. */
#include "scenario/op_table.h"
#include "scenario/rules_payload.h"
#include "scenario/state_payload.h"

int kt_op_run_payload(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	return kt_state_payload_start(s, op->payload, op->args, op->cgroup ? op->cgroup : "", err);
}

int kt_op_wait_payload(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	const struct kt_payload_key key = kt_rules_payload_key(op);
	return kt_state_payload_wait(s, &key, err);
}

int kt_op_kill_payload(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)
{
	const struct kt_payload_key key = kt_rules_payload_key(op);
	return kt_state_payload_kill(s, &key, err);
}
