/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a kernel that somebody else configured can be the guest of a test: its .config against
 * the rows of need.def. find.c asks before anything is booted.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/*
 * CONFIG is the text of the .config of the kernel NAME. -ENOTSUP lists every required option
 * that is not built in, and what for. Otherwise the missing useful ones are appended to LACKS,
 * "CONFIG_X (m): what for", separated by "; ".
 */
int kt_kneed_check(const char *config, const char *name, struct kt_str *lacks, struct kt_err *err);
