/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ops at run time: one function kt_op_NAME per row of macros/op.def, declared and
 * collected here. A row without its function does not link, a function without its row
 * does not compile.
 */
#pragma once

#include "base/err.h"
#include "scenario/plan.h"
#include "scenario/rules.h"
#include "scenario/state.h"

/* Each acts on targets that the rules let through; an unknown one may have been noted. */
#define OP(name, sentence, unknown, needs, rule, ...)                                              \
	int kt_op_##name(struct kt_state *s, const struct kt_plan_op *op, struct kt_err *err);
#include "macros/op.def"
#undef OP

/*
 * Ask RULES, which say what the moment is, note a warning, then act; s->place says whose op it
 * is. 0 or -errno.
 */
int kt_op_apply(struct kt_state *s, const struct kt_plan_op *op, const struct kt_rules *rules,
	struct kt_err *err);
