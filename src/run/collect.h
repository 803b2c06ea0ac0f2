/* SPDX-License-Identifier: GPL-2.0-only */
/* From the guest's frames to the outcome: one function per row of frame.def. */
#pragma once

#include "report/outcome.h"
#include "wire/frame.h"

/* F comes from a guest and is believed only as far as the outcome's bounds go. */
void kt_run_collect(struct kt_outcome *o, const struct kt_frame *f);
