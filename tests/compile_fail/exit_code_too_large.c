// SPDX-License-Identifier: GPL-2.0-only
// EXPECT: KTSTR_EXIT_CODE: an exit code is 0 to 255
#include <ktstr/ktstr.h>

KTSTR_PAYLOAD(wrong, .program = "x", .checks = KTSTR_EXPECT(KTSTR_EXIT_CODE(256)));
