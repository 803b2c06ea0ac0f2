/* SPDX-License-Identifier: GPL-2.0-only */
/* --show-thresholds: which checks apply to a test, with which limits, and who has set them. */
#pragma once

#include <stdio.h>

#include "base/err.h"
#include "report/writer.h"

/* Of the test NAME of this program, as text or JSON. -ENOENT: there is none, and which is near. */
int kt_cli_thresholds(
	const char *name, enum kt_report_format format, FILE *out, struct kt_err *err);
