/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a file is a kernel that QEMU can start, asked before QEMU is; used by the launcher. */
#pragma once

#include "base/err.h"

/* 0 when PATH is a whole bzImage for x86 or a 64-bit ELF file; else the error says what it is. */
int kt_softkvm_image_check(const char *path, struct kt_err *err);
