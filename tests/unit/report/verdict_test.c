// SPDX-License-Identifier: GPL-2.0-only
/* Merging, tally and exit status. */
#include "report/verdict.h"

#include <criterion/criterion.h>

Test(verdict, error_beats_fail_beats_inconclusive_beats_pass_beats_skip)
{
	enum kt_verdict_kind order[] = {KT_VERDICT_SKIP, KT_VERDICT_PASS, KT_VERDICT_INCONCLUSIVE,
		KT_VERDICT_FAIL, KT_VERDICT_ERROR};

	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < 5; j++)
			cr_assert_eq(kt_verdict_worst(order[i], order[j]), order[i > j ? i : j]);
	}
}

Test(verdict, exit_status_is_0_1_2_or_3)
{
	cr_assert_eq(kt_verdict_exit_code(KT_VERDICT_SKIP), 0);
	cr_assert_eq(kt_verdict_exit_code(KT_VERDICT_PASS), 0);
	cr_assert_eq(kt_verdict_exit_code(KT_VERDICT_FAIL), 1);
	cr_assert_eq(kt_verdict_exit_code(KT_VERDICT_INCONCLUSIVE), 2);
	cr_assert_eq(kt_verdict_exit_code(KT_VERDICT_ERROR), 3);
}

Test(verdict, no_test_at_all_is_no_success)
{
	struct kt_verdict_tally t = {{0}};

	cr_assert_eq(kt_verdict_exit_code(kt_verdict_tally_worst(&t)), 3);
	t.count[KT_VERDICT_SKIP] = 1;
	cr_assert_eq(kt_verdict_tally_worst(&t), KT_VERDICT_SKIP);
	t.count[KT_VERDICT_PASS] = 7;
	cr_assert_eq(kt_verdict_tally_worst(&t), KT_VERDICT_PASS);
	t.count[KT_VERDICT_INCONCLUSIVE] = 1;
	t.count[KT_VERDICT_FAIL] = 1;
	cr_assert_eq(kt_verdict_tally_worst(&t), KT_VERDICT_FAIL);
}

Test(verdict, a_detail_makes_the_verdict_worse_but_never_better)
{
	struct kt_verdict v = {0};
	struct kt_verdict_detail fail = {.kind = KT_VERDICT_FAIL, .name = "a"};
	struct kt_verdict_detail open = {.kind = KT_VERDICT_INCONCLUSIVE, .name = "b"};

	kt_verdict_add(&v, &fail, "remedy", "value %d", 7);
	kt_verdict_add(&v, &open, "", "open");
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_str_eq(v.details.items[0].text, "value 7");
	cr_assert_str_eq(v.details.items[0].fix, "remedy");
	kt_verdict_done(&v);
}

Test(verdict, details_beyond_the_limit_count_though_their_text_is_gone)
{
	struct kt_verdict v = {0};
	struct kt_verdict_detail open = {.kind = KT_VERDICT_INCONCLUSIVE, .name = "b"};
	struct kt_verdict_detail fail = {.kind = KT_VERDICT_FAIL, .name = "a"};

	for (unsigned i = 0; i < KT_VERDICT_MAX; i++)
		kt_verdict_add(&v, &open, "", "%u", i);
	kt_verdict_add(&v, &fail, "", "last");
	cr_assert_eq(v.kind, KT_VERDICT_FAIL);
	cr_assert_eq(v.more, 1);
	cr_assert_eq(v.details.count, KT_VERDICT_MAX);
	kt_verdict_done(&v);
}

Test(verdict, its_reason_is_the_first_detail_of_its_own_kind)
{
	struct kt_verdict v = {0};
	struct kt_verdict_detail open = {.kind = KT_VERDICT_INCONCLUSIVE, .name = "b"};
	struct kt_verdict_detail fail = {.kind = KT_VERDICT_FAIL, .name = "a"};

	cr_assert_null(kt_verdict_reason(&v));
	kt_verdict_add(&v, &open, "", "unclear");
	kt_verdict_add(&v, &fail, "", "first");
	kt_verdict_add(&v, &fail, "", "second");
	cr_assert_str_eq(kt_verdict_reason(&v)->text, "first");
	kt_verdict_done(&v);
}
