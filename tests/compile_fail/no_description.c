// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: the second argument is the test's description, one line in quotes
#include <ktstr/ktstr.h>

KTSTR_TEST(mute);
