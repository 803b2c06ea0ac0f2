/* SPDX-License-Identifier: GPL-2.0-only */
/* Notes about workers that ran without something that was asked for. */
#pragma once

#include <stddef.h>

#include "scenario/state.h"
#include "work/result.h"

/* One note for each group and each thing its workers lack, with how many of them. */
void kt_setup_notes(struct kt_state *s, const struct kt_work_result *results, size_t count);
