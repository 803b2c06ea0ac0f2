// SPDX-License-Identifier: GPL-2.0-only
/* Who knows what a metric means. */
#include <ktstr/test.h>

#include <criterion/criterion.h>

#include "scenario/claim.h"

static const struct ktstr_metric_hint own[] = {
	{.name = "iterations", .polarity = KTSTR_POLARITY_LOWER}, {.name = NULL}};
static const struct ktstr_metric_hint theirs[] = {
	{.name = "iops", .polarity = KTSTR_POLARITY_HIGHER, .unit = "1/s"}, {.name = NULL}};
static const struct ktstr_payload payload = {.program = "fio", .hints = theirs};
static const struct ktstr_payload plain = {.program = "true"};
static const struct ktstr_payload *const payloads[] = {&plain, &payload, NULL};

static struct ktstr_metric_hint h;

Test(claim_metric, rows_are_known_to_every_test)
{
	const struct ktstr_test test = {.name = "t"};

	cr_assert(kt_claim_find_metric(&test, "iterations", &h));
	cr_assert_eq(h.polarity, KTSTR_POLARITY_HIGHER);
	cr_assert(kt_claim_find_metric(&test, "gap_ms", &h));
	cr_assert_eq(h.polarity, KTSTR_POLARITY_LOWER);
	cr_assert_not(kt_claim_find_metric(&test, "iops", &h));
	cr_assert_not(kt_claim_find_metric(&test, "", &h));
}

Test(claim_metric, hints_of_the_test_come_before_those_of_payloads_and_the_rows)
{
	const struct ktstr_test test = {.name = "t", .metrics = own, .payloads = payloads};

	cr_assert(kt_claim_find_metric(&test, "iterations", &h));
	cr_assert_eq(h.polarity, KTSTR_POLARITY_LOWER);
	cr_assert(kt_claim_find_metric(&test, "iops", &h));
	cr_assert_eq(h.polarity, KTSTR_POLARITY_HIGHER);
	cr_assert_str_eq(h.unit, "1/s");
}
