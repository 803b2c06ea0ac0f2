// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: a step begins with its hold
#include <ktstr/ktstr.h>

KTSTR_TEST(empty, "nothing in the step", .steps = STEPS(STEP()));
