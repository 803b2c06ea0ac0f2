/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a payload's program, or a file it includes, is on this machine. */
#pragma once

#include "base/err.h"

/*
 * The absolute path of PROGRAM, malloced: a path must exist and be executable; a bare name is
 * looked for in the current folder, then in PATH. -ENOENT, -EACCES, -ENOEXEC.
 */
int kt_payload_find(const char *program, char **ret, struct kt_err *err);
/* The same for a file or folder that need not be executable. */
int kt_payload_find_include(const char *spec, char **ret, struct kt_err *err);
