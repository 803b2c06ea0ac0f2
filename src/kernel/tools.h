/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs and headers a kernel build needs: all that are missing in one error with one
 * apt-get line, and the versions that decide what the compiled code is.
 */
#pragma once

#include "base/err.h"

/* SOURCE_PATH: a tarball, whose ending names its unpacker, or a folder. */
int kt_ktools_check(const char *source_path, struct kt_err *err);
/* First lines of gcc, ld and pahole --version, joined with "; "; malloced. */
int kt_ktools_versions(char **ret, struct kt_err *err);
