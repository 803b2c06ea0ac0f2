// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: a step begins with its hold
#include <ktstr/ktstr.h>

KTSTR_TEST(endless, "no hold", .steps = STEPS(STEP(.cgroups = CGROUPS(CGROUP("a")))));
