/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a waiting person sees of a run on standard error: on a terminal a few lines that
 * change, one per machine; in a pipe one line when a test begins.
 */
#pragma once

#include "run/view.h"

const struct kt_run_view *kt_cli_live_view(void);
/* For whoever else writes to the terminal: as hold and release of the view. */
void kt_cli_live_hold(void);
void kt_cli_live_release(void);
