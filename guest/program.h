/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the programs of payloads are in the machine. The host writes a table of those it packed
 * into the initramfs: lines "PROGRAM<TAB>PATH", PROGRAM as the test says it.
 */
#pragma once

#include "base/err.h"

#define KT_GUEST_PROGRAMS_PATH "/ktstr/programs"

/*
 * *ret, malloced, is the path of PROGRAM by the TABLE at that path; NULL: there is no table,
 * and the program is looked for here. -ENOENT.
 */
int kt_guest_program_find(const char *table, const char *program, char **ret, struct kt_err *err);
