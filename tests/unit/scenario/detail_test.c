// SPDX-License-Identifier: GPL-2.0-only
/* Kinds of details by their names. */
#include "scenario/detail.h"

#include <criterion/criterion.h>

Test(detail, every_row_is_found_by_its_name_and_says_what_it_is)
{
	for (unsigned i = 0; i < KT_DETAIL_COUNT; i++) {
		const struct kt_detail_info *row = kt_detail_info((enum kt_detail_kind)i);

		cr_assert_eq(kt_detail_find(row->name), i);
		cr_assert_neq(row->says[0], '\0');
	}
}

Test(detail, what_is_no_row_is_other)
{
	cr_assert_eq(kt_detail_find("nonsense"), KT_DETAIL_other);
	cr_assert_eq(kt_detail_find(""), KT_DETAIL_other);
}

Test(detail, what_the_harness_finds_by_itself_comes_with_a_remedy)
{
	static const enum kt_detail_kind kinds[] = {KT_DETAIL_stall,
		KT_DETAIL_sched_crashed, KT_DETAIL_sched_exited, KT_DETAIL_sched_died};

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		cr_assert_neq(kt_detail_info(kinds[i])->remedy[0], '\0');
}
