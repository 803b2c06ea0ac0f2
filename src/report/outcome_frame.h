/* SPDX-License-Identifier: GPL-2.0-only */
/* From the frames of a guest to the outcome. The only place where report meets the wire. */
#pragma once

#include "report/outcome.h"
#include "wire/frame.h"

/*
 * Any frame that decodes may be given: values no honest guest sends are cut to their range,
 * and a frame that cannot come at this point of a run is counted (KT_LOSS_frame_order).
 */
void kt_outcome_take_frame(struct kt_outcome *o, const struct kt_frame *f);
