// SPDX-License-Identifier: GPL-2.0-only
/* Losses are counted per reason, saturate, and each reason has its words. */
#include "base/loss.h"

#include <criterion/criterion.h>
#include <string.h>

Test(loss, each_reason_counts_for_itself)
{
	struct kt_loss loss = {0};
	for (unsigned i = 0; i < KT_LOSS_COUNT; i++)
		cr_assert(kt_loss_add(&loss, i, i + 1));
	cr_assert(kt_loss_add(&loss, 0, 10));
	cr_assert_eq(loss.count[0], 11);
	for (unsigned i = 1; i < KT_LOSS_COUNT; i++)
		cr_assert_eq(loss.count[i], i + 1);
}

Test(loss, counters_saturate)
{
	struct kt_loss loss = {0};
	cr_assert(kt_loss_add(&loss, 0, UINT64_MAX - 1));
	cr_assert(kt_loss_add(&loss, 0, 5));
	cr_assert_eq(loss.count[0], UINT64_MAX);
	cr_assert(kt_loss_add(&loss, 0, 1));
	cr_assert_eq(loss.count[0], UINT64_MAX);
}

Test(loss, unknown_reasons_touch_nothing)
{
	struct kt_loss loss = {0}, untouched = {0};
	cr_assert_not(kt_loss_add(&loss, KT_LOSS_COUNT, 1));
	cr_assert_not(kt_loss_add(&loss, 0xffffffff, 1));
	cr_assert_eq(memcmp(&loss, &untouched, sizeof(loss)), 0);
	cr_assert_not(kt_loss_add(NULL, KT_LOSS_COUNT, 1));
	cr_assert(kt_loss_add(NULL, 0, 1));
}

Test(loss, every_reason_has_name_sentence_and_fix)
{
	for (unsigned i = 0; i < KT_LOSS_COUNT; i++) {
		cr_assert_neq(kt_loss_name(i)[0], '\0');
		cr_assert_neq(kt_loss_sentence(i)[0], '\0');
		cr_assert_neq(kt_loss_fix(i)[0], '\0');
		for (unsigned j = 0; j < i; j++)
			cr_assert_str_neq(kt_loss_name(i), kt_loss_name(j));
	}
}

Test(loss, the_effect_is_that_of_the_row)
{
	cr_assert(kt_loss_is_grave(KT_LOSS_frame_bad));
	cr_assert_not(kt_loss_is_grave(KT_LOSS_text_cut));
}
