/* SPDX-License-Identifier: GPL-2.0-only */
/* What --sysctl asked for: lines KEY=VALUE of a file that the host put into the initramfs. */
#pragma once

#include <stddef.h>

#include "base/err.h"

#define KT_GUEST_SYSCTL_PATH "/ktstr/sysctl"

/*
 * Write every line of the file at PATH below PROC_SYS ("/proc/sys"): dots of a key are slashes.
 * No such file is nothing to do. The error names the key and what the kernel said.
 */
int kt_guest_sysctl_apply(const char *path, const char *proc_sys, struct kt_err *err);
