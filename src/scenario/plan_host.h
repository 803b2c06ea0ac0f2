/* SPDX-License-Identifier: GPL-2.0-only */
/* What .host_only rules out; for the plan only. */
#pragma once

#include <ktstr/test.h>

#include "base/err.h"

/* Fields and ops that mean a guest, or the scheduler of one, are refused. 0 or -EINVAL. */
int kt_plan_check_host_only(const struct ktstr_test *test, struct kt_err *err);
