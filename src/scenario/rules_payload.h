/* SPDX-License-Identifier: GPL-2.0-only */
/* What is particular to the ops on payloads; see rules.h. */
#pragma once

#include "base/err.h"
#include "scenario/names_payload.h"
#include "scenario/rules.h"

/* Which payload a wait_payload or kill_payload means. */
struct kt_payload_key kt_rules_payload_key(const struct kt_plan_op *op);
/* One that a cgroup brings, or an op starts: what is frozen starts nothing. */
int kt_rules_start_payload(const struct kt_names *names, const struct ktstr_payload *payload,
	const char *cgroup, struct kt_err *err);
/* One of a name runs at most once in a cgroup. */
int kt_rules_run_payload(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err);
/* wait_payload and kill_payload: exactly one is meant. */
int kt_rules_end_payload(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err);
