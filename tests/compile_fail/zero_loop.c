// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: the interval must be longer than zero
#include <ktstr/ktstr.h>

KTSTR_TEST(busy, "a loop without a pause", .steps = STEPS(STEP(HOLD_LOOP(0))));
