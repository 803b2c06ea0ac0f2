// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ops that act from outside the machine, or on a scheduler's process. The rules refuse them
 * before anything boots, and again in a body; so do these, should anyone ask without them.
 */
#include "scenario/op_table.h"
#include "scenario/rules.h"

#define OUTSIDE(name)                                                                              \
	int kt_op_##name(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err)      \
	{                                                                                          \
		(void)s; /* nothing is changed */                                                  \
		return kt_rules_fail_needs(op->kind, err);                                         \
	}

OUTSIDE(capture_snapshot)
OUTSIDE(watch_snapshot)
OUTSIDE(write_kernel_hot)
OUTSIDE(write_kernel_cold)
OUTSIDE(read_kernel_hot)
OUTSIDE(read_kernel_cold)
OUTSIDE(attach_scheduler)
OUTSIDE(detach_scheduler)
OUTSIDE(restart_scheduler)
OUTSIDE(replace_scheduler)
OUTSIDE(pin_bpf_map)
