/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel images: puts a vmlinux ELF or a bzImage into guest memory. */
#pragma once

#include <asm/bootparam.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "vmm/memory.h"

struct kt_vmm_image {
	uint64_t entry;		   /* in 64-bit mode, guest-physical */
	uint64_t end;		   /* first address behind what the kernel needs at its start */
	struct setup_header setup; /* of a bzImage; what a loader must say, for an ELF */
};

/* -ENOEXEC: neither of the two, or damaged; -ENOMEM: does not fit the guest's memory. */
int kt_vmm_image_load(const struct kt_vmm_mem *mem, const char *path, struct kt_vmm_image *ret,
	struct kt_err *err);
