/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel image given by path is: its kind and its release. find.c calls it. */
#pragma once

#include "base/err.h"

enum kt_kimage_kind {
	KT_KIMAGE_VMLINUX,
	KT_KIMAGE_BZIMAGE,
};

/* *RET_RELEASE is malloced. -ENOEXEC: neither an x86-64 vmlinux nor a bzImage. */
int kt_kimage_read(
	const char *path, enum kt_kimage_kind *ret_kind, char **ret_release, struct kt_err *err);
