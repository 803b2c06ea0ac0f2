/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which kernel to boot. Without a choice: KTSTR_KERNEL, then the newest sound entry of the
 * cache. A choice is the id of an entry, a unique beginning of one, or a path: a vmlinux, a
 * bzImage, an entry's folder, or the build folder of a kernel. Nothing is ever built here.
 */
#pragma once

#include "base/err.h"
#include "kernel/cache.h"

/* A kernel that was verified; paths are absolute. The entry cannot be removed until freed. */
struct kt_kernel {
	char *id;	/* of the cache entry, else the path given */
	char *vmlinux;	/* NULL when there is none */
	char *bzimage;	/* NULL when there is none; one of both is there */
	char *config;	/* its .config; NULL when unknown */
	char *release;	/* as uname -r will say in it */
	const char *by; /* who chose: "--kernel", "KTSTR_KERNEL", "newest in the cache" */
	int hold_fd;	/* shared lock of the entry, -1 for a path */
};

/* WHICH NULL: the default order. When there is none, the error lists every place tried. */
int kt_kernel_find(const char *which, struct kt_kernel **ret, struct kt_err *err);
/*
 * The kernel of the machine that offers KVM: the newest sound entry of role "default" that
 * kept the options such a machine needs; never a kernel under test.
 */
int kt_kernel_find_softkvm(struct kt_kernel **ret, struct kt_err *err);
/* The kernel of a sound entry. */
int kt_kernel_from_entry(const struct kt_kcache_entry *entry, const char *by,
	struct kt_kernel **ret, struct kt_err *err);
void kt_kernel_free(struct kt_kernel *k);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_kernel, kt_kernel_free);
