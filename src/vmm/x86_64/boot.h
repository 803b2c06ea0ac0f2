/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel expects in memory at its 64-bit entry: zero page, map, tables, initramfs. */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "vmm/image.h"
#include "vmm/memory.h"

struct kt_x86_boot {
	const struct kt_vmm_image *image;
	const char *cmdline;
	const void *initramfs;
	size_t initramfs_bytes;
};

/* Write all of it into MEM. -ENOMEM when kernel and initramfs do not fit together. */
int kt_x86_boot_write(
	const struct kt_vmm_mem *mem, const struct kt_x86_boot *boot, struct kt_err *err);
