// SPDX-License-Identifier: GPL-2.0-only
/* The counter's frequency is a property of the machine: measuring it twice agrees. */
#include "softkvm/tsc.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(softkvm_tsc, two_measurements_agree_within_a_per_mille)
{
	int64_t a = (int64_t)kt_softkvm_tsc_khz(), b = (int64_t)kt_softkvm_tsc_khz();

#ifdef __x86_64__
	cr_expect_gt(a, 100000);
#endif
	cr_expect_leq(llabs(a - b) * 1000, a, "%ld and %ld kHz", (long)a, (long)b);
}
