/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which kernel to boot. Without a choice: KTSTR_KERNEL, then the newest sound entry of the
 * cache that is no variant. A choice is the id of an entry; a variant, or several as
 * "lockdep+rt", for the newest sound entry of exactly these; a path: a vmlinux, a bzImage, an
 * entry's folder, or the build folder of a kernel; or the unique beginning of an id. What is
 * given by path is judged by its .config, if that is found. Nothing is ever built here.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "kernel/cache.h"

/* A kernel that was verified; paths are absolute. The entry cannot be removed until freed. */
struct kt_kernel {
	char *id;	   /* of the cache entry, else the path given */
	char *path;	   /* what was given, absolute; NULL when it was not a path */
	char *vmlinux;	   /* NULL when there is none */
	char *bzimage;	   /* NULL when there is none; one of both is there */
	char *config;	   /* its .config; NULL when there is no such file */
	char *config_text; /* the same, or of IKCONFIG; NULL when unknown */
	char *release;	   /* as uname -r will say in it */
	char *kind;	   /* "default", a variant as "lockdep+rt", "unknown" without a .config */
	double slowness;   /* deadlines are multiplied by it; 1 or more */
	double memory;	   /* guest memory is multiplied by it; 1 or more */
	const char *by;	   /* who chose: "--kernel", "KTSTR_KERNEL", "newest in the cache" */
	int hold_fd;	   /* shared lock of the entry, -1 for a path */
};

/* WHICH NULL: the default order. When there is none, the error lists every place tried. */
int kt_kernel_find(const char *which, struct kt_kernel **ret, struct kt_err *err);
/*
 * The kernel of the machine that offers KVM: the newest sound entry of role "default" that
 * kept the options such a machine needs; never a kernel under test.
 */
int kt_kernel_find_softkvm(struct kt_kernel **ret, struct kt_err *err);
/*
 * The image to boot for a test, borrowed from K: vmlinux where there is one; with KASLR the
 * bzImage, whose own code moves the kernel. -ENOTSUP says why this kernel cannot do that.
 */
int kt_kernel_image_for(
	const struct kt_kernel *k, bool kaslr, const char **ret_path, struct kt_err *why);
/* The kernel of a sound entry. */
int kt_kernel_from_entry(const struct kt_kcache_entry *entry, const char *by,
	struct kt_kernel **ret, struct kt_err *err);
void kt_kernel_free(struct kt_kernel *k);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_kernel, kt_kernel_free);
