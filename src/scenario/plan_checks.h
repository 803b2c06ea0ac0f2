/* SPDX-License-Identifier: GPL-2.0-only */
/* The limits of a test's checks, before anything boots; plan.c calls it. */
#pragma once

#include <ktstr/test.h>

#include "base/err.h"

/* Both layers a test may set: 0, or -EINVAL for a limit that is none or that nothing can miss. */
int kt_plan_check_limits(const struct ktstr_test *test, struct kt_err *err);
