// SPDX-License-Identifier: GPL-2.0-only
/* The tables say what op.def says. */
#include "scenario/op_info.h"

#include <criterion/criterion.h>

Test(op_info, every_kind_of_op_has_its_sentence_rule_and_fields)
{
	for (int kind = KTSTR_OP_END + 1; kind < KTSTR_OP_COUNT; kind++) {
		const struct kt_op_info *info = kt_op_info((enum ktstr_op_kind)kind);
		cr_assert_not_null(info);
		cr_assert_gt(strlen(info->sentence), 0);
		cr_assert_gt(strlen(info->rule), 0);
		for (size_t i = 0; i < info->field_count; i++)
			cr_assert_gt(strlen(info->fields[i].says), 0);
		cr_assert_eq(kt_op_info_find(info->name), info);
	}
}

Test(op_info, what_is_no_op_has_no_row)
{
	cr_assert_null(kt_op_info(KTSTR_OP_END));
	cr_assert_null(kt_op_info(KTSTR_OP_COUNT));
	cr_assert_null(kt_op_info((enum ktstr_op_kind)9999));
	cr_assert_null(kt_op_info_find("no_such_op"));
	cr_assert_str_eq(kt_op_name((enum ktstr_op_kind)9999), "(unknown op)");
}

Test(op_info, the_policy_for_unknown_targets_comes_from_the_row)
{
	cr_assert_eq(kt_op_info(KTSTR_OP_add_cgroup)->unknown, KT_OP_UNKNOWN_none);
	cr_assert_eq(kt_op_info(KTSTR_OP_spawn)->unknown, KT_OP_UNKNOWN_error);
	cr_assert_eq(kt_op_info(KTSTR_OP_remove_cgroup)->unknown, KT_OP_UNKNOWN_warn);
	cr_assert_eq(kt_op_info(KTSTR_OP_stop_cgroup)->unknown, KT_OP_UNKNOWN_ignore);
	cr_assert_str_eq(kt_op_unknown_name(KT_OP_UNKNOWN_ignore), "ignore");
	cr_assert_str_eq(kt_op_unknown_name(KT_OP_UNKNOWN_error), "error");
}

Test(op_info, fields_have_type_name_and_sentence)
{
	const struct kt_op_info *info = kt_op_info(KTSTR_OP_set_cpuset);
	cr_assert_eq(info->field_count, 2);
	cr_assert_str_eq(info->fields[1].type, "cpus");
	cr_assert_str_eq(info->fields[1].name, "cpus");
	cr_assert_str_eq(info->fields[1].says, "its CPUs from now on");
}

Test(op_info, kinds_have_contiguous_bits_from_0_in_the_order_of_the_rows)
{
	cr_assert_eq(kt_op_bit(KTSTR_OP_add_cgroup), 1);
	for (int kind = KTSTR_OP_END + 1; kind < KTSTR_OP_COUNT; kind++)
		cr_assert_eq(kt_op_bit((enum ktstr_op_kind)kind), 1u << (kind - 1));
	cr_assert_eq(kt_op_bit(KTSTR_OP_END), 0);
	cr_assert_eq(kt_op_bit(KTSTR_OP_COUNT), 0);
}

Test(op_info, what_an_op_needs_comes_from_the_row)
{
	cr_assert_eq(kt_op_info(KTSTR_OP_add_cgroup)->needs, KT_OP_NEEDS_nothing);
	cr_assert_eq(kt_op_info(KTSTR_OP_capture_snapshot)->needs, KT_OP_NEEDS_memory);
	cr_assert_eq(kt_op_info(KTSTR_OP_detach_scheduler)->needs, KT_OP_NEEDS_scheduler);
	cr_assert_eq(kt_op_info(KTSTR_OP_detach_scheduler)->field_count, 0);
}
