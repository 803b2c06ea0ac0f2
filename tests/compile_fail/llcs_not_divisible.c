// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: the LLCs of the machine must divide evenly among its nodes
#include <ktstr/ktstr.h>

KTSTR_TEST(odd, "three LLCs on two nodes", .topology = TOPOLOGY(2, 3, 1, 1));
