/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's command line: the monitor's own words, then the caller's. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/*
 * Malloced text of at most KT_X86_CMDLINE_BYTES - 1 bytes. -E2BIG when longer; -EINVAL when
 * EXTRA (may be NULL) holds a control character.
 */
int kt_vmm_cmdline(bool kaslr, const char *extra, char **ret, struct kt_err *err);
