// SPDX-License-Identifier: GPL-2.0-only
/* The ready-made scenarios, as they are. */
#define KTSTR_CANNED_FIELDS .duration_ms = 2000
#include <ktstr/canned_tests.h>
