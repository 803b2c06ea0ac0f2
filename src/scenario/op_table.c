// SPDX-License-Identifier: GPL-2.0-only
/* Dispatch of ops, built from op.def. */
#include "scenario/op_table.h"

#include "base/mem.h"
#include "base/str.h"

int kt_op_apply(struct kt_state *s, const struct kt_plan_op *op, const struct kt_rules *rules,
	struct kt_err *err)
{
	static int (*const ops[])(
		struct kt_state * s, const struct kt_plan_op *op, struct kt_err *err) = {
#define OP(name, sentence, unknown, needs, rule, ...) [KTSTR_OP_##name] = kt_op_##name,
#include "macros/op.def"
#undef OP
	};
	KT_AUTO_DONE(kt_str_done) struct kt_str warning = {0};
	int r = kt_rules_check_op(rules, op, &warning, err);
	if (r < 0)
		return r;
	if (warning.len && !s->quiet)
		kt_state_detail(s, false, "op", "%s: %s", s->place, kt_str_get(&warning));
	return ops[op->kind](s, op, err);
}
