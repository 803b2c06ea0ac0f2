/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the library's progress goes: lines on a stream, or one changing line on a terminal. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Warnings and progress always, diagnostics when VERBOSE. */
void kt_cli_log_to(FILE *log, bool verbose);
