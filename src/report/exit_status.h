/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit statuses, from exit_status.def. Of verdicts: kt_verdict_exit_code(). */
#pragma once

enum kt_exit_status {
#define EXIT_STATUS(name, number, shown, when) KT_EXIT_##name = number,
#include "report/exit_status.def"
#undef EXIT_STATUS
};
